-- Grain: one row per person, return year and disability. "None" beside a disability is not kept.
with recorded as (
    select distinct person_id, return_year, disability
    from disability_rows
    where verdict = 'kept'
),

told as (
    select distinct person_id, return_year from recorded
    where disability != 'none'
)

select recorded.person_id, recorded.return_year, recorded.disability
from recorded
left join told
    on recorded.person_id = told.person_id and recorded.return_year = told.return_year
where recorded.disability != 'none' or told.person_id is null
