-- Grain: one row per person, return year and factor. "None" beside a factor is not kept.
with recorded as (
    select person_id, return_year, factor, min(referral_date) as referral_date
    from assessment_factor_rows
    where verdict = 'kept'
    group by person_id, return_year, factor
),

told as (
    select distinct person_id, return_year from recorded
    where factor != 'none'
)

select recorded.person_id, recorded.return_year, recorded.factor, recorded.referral_date
from recorded
left join told
    on recorded.person_id = told.person_id and recorded.return_year = told.return_year
where recorded.factor != 'none' or told.person_id is null
