-- Grain: one row per criterion, in order. Counts come from the rows that make the members.
with criteria as (
    select
        unnest($numbers::integer []) as step_no,
        unnest($criteria::varchar []) as criterion
),

failures as (
    select failed_step, count(*) as persons
    from eligibility
    group by failed_step
),

counted as (
    select
        criteria.step_no,
        criteria.criterion,
        coalesce(failures.persons, 0) as persons_excluded,
        (select count(*) from eligibility) as persons_considered
    from criteria
    left join failures on criteria.step_no = failures.failed_step
),

summed as (
    select
        *,
        persons_considered - sum(persons_excluded) over (
            order by step_no rows between unbounded preceding and current row
        ) as persons_out
    from counted
)

select
    $cohort_name as cohort,
    cast(step_no as integer) as step_no,
    criterion,
    cast(persons_out + persons_excluded as bigint) as persons_in,
    cast(persons_excluded as bigint) as persons_excluded,
    cast(persons_out as bigint) as persons_out
from summed
