-- Grain: one row per unbroken spell on a child protection plan.
with counted as (  -- noqa: ST03
    select
        person_id,
        'cpp' as kind,
        start_date,
        least(
            coalesce(end_date, $coverage_children_in_need_end::date),
            $coverage_children_in_need_end::date
        ) as end_date
    from plans
    where start_date < $coverage_children_in_need_end::date
)

select person_id, start_date, end_date
from joined_intervals('counted', $plans_max_gap_days)
