-- Grain: one row per unbroken spell of care; a person's spells never touch.
with counted as (
    select
        person_id,
        start_date,
        least(coalesce(end_date, $coverage_care_end::date), $coverage_care_end::date) as end_date
    from care_episodes
    where
        ($care_include_respite or not is_respite)
        and ($care_include_remand or not is_remand)
        and start_date < $coverage_care_end::date
),

-- One row a start date, so that no window below has a tie to break.
starts as (
    select person_id, start_date, max(end_date) as end_date, count(*) as episodes
    from counted
    group by person_id, start_date
),

reached as (
    select
        *,
        max(end_date) over (
            partition by person_id order by start_date
            rows between unbounded preceding and 1 preceding
        ) as covered_until
    from starts
),

numbered as (
    select
        *,
        count(*) filter (
            where covered_until is null
            or start_date > covered_until + cast($care_max_gap_days as integer)
        ) over (
            partition by person_id order by start_date
            rows between unbounded preceding and current row
        ) as spell_no
    from reached
)

select
    person_id,
    min(start_date) as start_date,
    max(end_date) as end_date,
    cast(sum(episodes) as integer) as episodes
from numbered
group by person_id, spell_no
