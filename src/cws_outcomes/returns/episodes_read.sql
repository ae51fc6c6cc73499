-- Grain: one row per row read from an episodes table, typed, with the reason for which it is
-- rejected (missing where it is not) and what was repaired in it.
with read as (
    select
        resolved.la_code,
        resolved.return_year,
        raw.file_no,
        raw.row_no,
        child_key(raw.child) as child_id,
        return_date(raw.decom) as start_date,
        return_date(raw.dec) as delivered_end_date,
        tidy(raw.decom) as start_text,
        tidy(raw.dec) as end_text,
        code(raw.rne) as reason_new_code,
        code(raw.ls) as legal_status_code,
        code(raw.cin) as need_code,
        code(raw.place) as placement_code,
        code(raw.place_provider) as provider_code,
        code(raw.rec) as reason_ceased_code,
        code(raw.reason_place_change) as placement_change_code,
        differs(child_id, raw.child) as is_child_id_tidied,
        differs(raw.rne, reason_new_code)
        or differs(raw.ls, legal_status_code)
        or differs(raw.cin, need_code)
        or differs(raw.place, placement_code)
        or differs(raw.place_provider, provider_code)
        or differs(raw.rec, reason_ceased_code)
        or differs(raw.reason_place_change, placement_change_code) as is_code_tidied,
        is_two_digit_year(raw.decom) or is_two_digit_year(raw.dec) as is_year_completed
    from raw_episodes as raw
    inner join resolved
        on
            raw.file_no = resolved.file_no
            and raw.la_text is not distinct from resolved.la_text
            and raw.year_text is not distinct from resolved.year_text
),

ended as (
    select
        *,
        -- A year before 1930 stands for missing, and -10 for an episode that is open.
        if(
            delivered_end_date < date '1930-01-01' or reason_ceased_code = '-10',
            null,
            delivered_end_date
        ) as end_date
    from read
)

select
    la_code, return_year, file_no, row_no, child_id, start_date, end_date,
    reason_new_code, legal_status_code, need_code, placement_code, provider_code,
    reason_ceased_code, placement_change_code,
    case
        when child_id is null then 'no_child_id'
        when start_text is null then 'no_start_date'
        when start_date is null then 'start_date_not_read'
        when start_date < date '1930-01-01' then 'start_date_impossible'
        when start_date > make_date(return_year, 3, 31) then 'starts_after_return'
        when end_date < start_date then 'ends_before_start'
        when end_date = start_date then 'ends_on_start_day'
    end as rejection,
    is_child_id_tidied, is_code_tidied, is_year_completed,
    end_text is not null and delivered_end_date is null as is_end_not_read,
    coalesce(delivered_end_date < date '1930-01-01', false) as is_end_impossible,
    coalesce(delivered_end_date is not null and reason_ceased_code = '-10', false) as is_end_of_open
from ended
