-- Grain: one row per person and academic year.
-- Rows are pupil by school: exact repeats are dropped, then schools are added up. Years with more
-- than 420 possible sessions are errors (rule of DfE, by way of the ECHILD guides).
with distinct_rows as (
    select distinct
        pupil_reference, academic_year, school_number, enrolment_status,
        sessions_possible_autumn, sessions_possible_spring, sessions_possible_summer,
        sessions_authorised_autumn, sessions_authorised_spring, sessions_authorised_summer,
        sessions_unauthorised_autumn, sessions_unauthorised_spring, sessions_unauthorised_summer
    from delivered_absence
),

schools as (
    select
        person_keys.person_id,
        cast(right(distinct_rows.academic_year, 4) as integer) as academic_year,
        coalesce(sessions_possible_autumn, 0) + coalesce(sessions_possible_spring, 0)
        + coalesce(sessions_possible_summer, 0) as sessions_possible,
        coalesce(sessions_authorised_autumn, 0) + coalesce(sessions_authorised_spring, 0)
        + coalesce(sessions_authorised_summer, 0) + coalesce(sessions_unauthorised_autumn, 0)
        + coalesce(sessions_unauthorised_spring, 0)
        + coalesce(sessions_unauthorised_summer, 0) as sessions_missed
    from distinct_rows
    inner join person_keys
        on person_keys.key_kind = 'pupil' and distinct_rows.pupil_reference = person_keys.key
    where distinct_rows.academic_year is not null
),

totals as (
    select
        person_id, academic_year,
        cast(sum(sessions_possible) as integer) as sessions_possible,
        cast(sum(sessions_missed) as integer) as sessions_missed
    from schools
    group by person_id, academic_year
)

select person_id, academic_year, sessions_possible, sessions_missed
from totals
where sessions_possible between 1 and 420
