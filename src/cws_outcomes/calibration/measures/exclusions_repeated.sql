-- Grain: one row per figure and part.
-- Fixed-period exclusions of each pupil who had any in 2012/13.
with counts as (
    select
        case when fixed <= 6 then 'times_' || fixed when fixed > 10 then 'more_than_10' end as part,
        count(*) as pupils
    from pupils_of_year
    where year = 2013 and fixed > 0
    group by part
),

parts as (
    select
        part, pupils as numerator, sum(pupils) over () as denominator
    from counts
)

select 'F122' as figure, part, 100 * numerator / denominator as value, numerator, denominator
from parts
where part is not null
