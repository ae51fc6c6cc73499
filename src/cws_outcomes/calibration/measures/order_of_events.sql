-- Grain: one row per figure and part.
-- First event of school beside the first offence of serious violence, by school term, of those with
-- both. Terms are numbered through, three a year: spring from January, summer from May, autumn from
-- September. What a census says is of spring.
with dated as (
    select
        first_serious_date,
        absence_date as absence,
        truancy_date as truancy,
        sen_date as need,
        plan_date as plan,
        semh_date as social_emotional
    from six_cohorts_pupils
    where first_serious_date is not null
),

placed as (
    select
        event,
        sign(
            3 * (year(event_date) - year(first_serious_date))
            + (month(event_date) - 1) // 4 - (month(first_serious_date) - 1) // 4
        ) as place
    from (
        unpivot dated
        on absence, truancy, need, plan, social_emotional
        into name event value event_date
    )
),

counted as (
    select
        event,
        count(*) as pupils,
        unnest([
            { 'part': 'before', 'n': count_if(place < 0) },
            { 'part': 'same_term', 'n': count_if(place = 0) },
            { 'part': 'after', 'n': count_if(place > 0) }
        ]) as counted
    from placed
    group by event
),

parts as (
    select
        case event when 'absence' then 'F044' when 'truancy' then 'F045' else 'F047' end as figure,
        if(event in ('absence', 'truancy'), '', event || '_') || counted.part as part,
        counted.n as numerator,
        pupils as denominator
    from counted
)

select figure, part, 100 * numerator / denominator as value, numerator, denominator
from parts
