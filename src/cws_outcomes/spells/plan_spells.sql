-- Grain: one row per unbroken spell on a child protection plan.
with starts as (
    select
        person_id,
        start_date,
        max(least(
            coalesce(end_date, $coverage_children_in_need_end::date),
            $coverage_children_in_need_end::date
        )) as end_date
    from plans
    where start_date < $coverage_children_in_need_end::date
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
        count(*) filter (where covered_until is null or start_date > covered_until) over (
            partition by person_id order by start_date
            rows between unbounded preceding and current row
        ) as spell_no
    from reached
)

select person_id, min(start_date) as start_date, max(end_date) as end_date
from numbered
group by person_id, spell_no
