-- Grain: one row per episode of care_episodes, with what is odd about it and is left as it is.
with placed as (
    select
        episode.*,
        lag(end_date) over child as previous_end_date,
        lag(reason_ceased_code) over child as previous_reason_code,
        lead(start_date) over child as next_start_date,
        row_number() over child = 1 as is_first,
        children.birth_date,
        children.is_in_ssda903
    from care_episodes as episode
    left join children using (la_code, child_id)
    window child as (partition by episode.la_code, episode.child_id order by start_date)
)

select
    la_code, child_id, start_date,
    is_first and differs(reason_new_code, 'S') as is_first_not_started,
    coalesce(end_date > next_start_date, false)
    or end_date is null and next_start_date is not null as is_overlapping,
    coalesce(previous_end_date < start_date, false)
    and coalesce(previous_reason_code = 'X1', false) as is_gap_after_x1,
    coalesce(previous_end_date < start_date, false)
    and differs(reason_new_code, 'S') as is_gap_not_started,
    coalesce(previous_end_date = start_date, false)
    and coalesce(reason_new_code = 'S', false) as is_started_without_gap,
    end_date is null and reason_ceased_code is not null as is_open_with_reason,
    end_date is not null and reason_ceased_code is null as is_ended_without_reason,
    coalesce(end_date > make_date(last_return_year, 4, 1), false) as is_ended_after_return,
    coalesce(start_date < birth_date, false) as is_before_birth,
    coalesce(start_date >= birth_date + interval 18 year, false) as is_adult,
    not coalesce(is_in_ssda903, false) as is_without_header,
    legal_status_code is null as is_without_legal_status,
    legal_status_code is not null and legal_status_code not in (
        select code from codelist_legal_status
    ) as is_legal_status_not_listed,
    placement_code is not null and placement_code not in (
        select code from codelist_placement
    ) as is_placement_not_listed,
    reason_ceased_code is not null and reason_ceased_code not in (
        select code from codelist_reason_ceased
    ) as is_reason_ceased_not_listed,
    reason_new_code is null
    or reason_new_code not in ('S', 'P', 'L', 'T', 'U', 'B') as is_reason_new_not_listed
from placed
