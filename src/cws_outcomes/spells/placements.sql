-- Grain: one row per person and placement: episodes in a row that differ in legal status only.
-- A new period of care begins where episodes neither overlap nor touch, where short breaks turn
-- into other care or back, and where the record itself begins one (POC_START).
with episodes as (
    select
        *,
        greatest(
            least(coalesce(end_date, $coverage_care_end::date), $coverage_care_end::date),
            start_date
        ) as until_date
    from care_episodes
    where start_date < $coverage_care_end::date
),

followed as (
    select
        *,
        lag(is_respite) over by_person as was_respite,
        lag(placement_code) over by_person as last_placement_code,
        lag(period_start_date) over by_person as last_period_start,
        -- An episode of no day covers none.
        max(until_date) filter (where start_date < until_date) over (
            partition by person_id order by start_date
            rows between unbounded preceding and 1 preceding
        ) as covered_until
    from episodes
    window by_person as (partition by person_id order by start_date)
),

judged as (
    select
        *,
        coalesce(
            was_respite is null
            or start_date > covered_until + cast($care_max_gap_days as integer)
            or is_respite != was_respite
            or (period_start_date = start_date and last_period_start < start_date),
            false
        ) as is_new_period,
        case
            -- An episode that ceased on the day it began is nowhere: only its reason counts.
            when until_date = start_date then false
            when reason_new is null or reason_new = 'started'
                then coalesce(placement_code != last_placement_code, false)
            else reason_new != 'legal_status'
        end as is_move
    from followed
),

numbered as (
    select
        *,
        count(*) filter (where is_new_period) over so_far as period_no,
        count(*) filter (where is_new_period or is_move) over so_far as placement_no
    from judged
    window so_far as (
        partition by person_id order by start_date
        rows between unbounded preceding and current row
    )
),

placed as (
    select
        person_id, period_no, placement_no,
        min(start_date) filter (where start_date < until_date) as start_date,
        max(until_date) filter (where start_date < until_date) as until_date,
        count(*) as episodes,
        min_by(la_code, start_date) as la_code,
        min_by(struct_pack(kind := placement, code := placement_code), start_date) as place,
        min_by(struct_pack(status := legal_status), start_date) as first_legal,
        max_by(struct_pack(status := legal_status, ceased := reason_ceased), start_date) as final,
        bool_or(end_date is null or end_date > $coverage_care_end::date) as is_open,
        bool_or(is_respite) as is_respite,
        bool_or(is_remand) as is_remand
    from numbered
    group by person_id, period_no, placement_no
),

bounded as (
    select
        *,
        min(start_date) over (partition by person_id, period_no) as period_start_date,
        max(until_date) over (partition by person_id, period_no) as period_end_date,
        lead(start_date, 1, until_date) over (partition by person_id order by start_date)
            as next_start_date
    from placed
    where start_date is not null
)

select
    person_id, start_date,
    -- Where episodes overlap the later one tells the place.
    least(until_date, next_start_date) as end_date,
    period_start_date, period_end_date, la_code,
    place.kind as placement, place.code as placement_code,
    cast(episodes as integer) as episodes,
    first_legal.status as first_legal_status,
    final.status as last_legal_status,
    if(is_open, null, final.ceased) as reason_ceased,
    is_open, is_respite, is_remand
from bounded
