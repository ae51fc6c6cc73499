-- Grain: one row per person and academic year.
-- Rows are pupil by school: exact repeats are dropped, then schools are added up. A row gives the
-- same sessions in several measures, of which one is used: the three terms (which make five half
-- terms), else the five half terms in one figure, else the year. The sixth half term, from 2013,
-- stays apart, so that years compare. Years with more than 420 possible sessions are errors (rule
-- of DfE, by way of the ECHILD guides); 2019/20 and 2020/21 were not usable.
with delivered as (
    select
        person_keys.person_id,
        cast(right(absence.academic_year, 4) as integer) as academic_year,
        -- In place of the whole row where repeats are dropped: a wide "distinct" does not fit.
        hash(
            absence.school_number, absence.enrolment_status,
            sessions_possible_autumn, sessions_possible_spring, sessions_possible_summer,
            sessions_possible_five_half_terms, sessions_possible_annual,
            sessions_possible_sixth_half_term,
            sessions_authorised_autumn, sessions_authorised_spring, sessions_authorised_summer,
            sessions_authorised_five_half_terms, sessions_authorised_annual,
            sessions_authorised_sixth_half_term,
            sessions_unauthorised_autumn, sessions_unauthorised_spring,
            sessions_unauthorised_summer, sessions_unauthorised_five_half_terms,
            sessions_unauthorised_annual, sessions_unauthorised_sixth_half_term
        ) as row_hash,
        case
            when
                sessions_possible_autumn is not null and sessions_possible_spring is not null
                and sessions_possible_summer is not null then 'terms'
            when sessions_possible_five_half_terms is not null then 'five_half_terms'
            when
                coalesce(
                    sessions_possible_autumn, sessions_possible_spring, sessions_possible_summer
                ) is not null then 'terms'
            when sessions_possible_annual is not null then 'annual'
        end as measure,
        absence.* exclude (pupil_reference, academic_year)
    from delivered_absence as absence
    inner join person_keys
        on person_keys.key_kind = 'pupil' and absence.pupil_reference = person_keys.key
    where right(absence.academic_year, 4) not in ('2020', '2021')
),

measured as (
    select
        person_id, academic_year, row_hash, measure,
        case measure
            when 'terms'
                then
                    coalesce(sessions_possible_autumn, 0) + coalesce(sessions_possible_spring, 0)
                    + coalesce(sessions_possible_summer, 0)
            when 'five_half_terms' then sessions_possible_five_half_terms
            when 'annual' then sessions_possible_annual
        end as possible,
        case measure
            when 'terms'
                then
                    coalesce(sessions_authorised_autumn, 0)
                    + coalesce(sessions_authorised_spring, 0)
                    + coalesce(sessions_authorised_summer, 0)
            when 'five_half_terms' then coalesce(sessions_authorised_five_half_terms, 0)
            when 'annual' then coalesce(sessions_authorised_annual, 0)
        end as authorised,
        case measure
            when 'terms'
                then
                    coalesce(sessions_unauthorised_autumn, 0)
                    + coalesce(sessions_unauthorised_spring, 0)
                    + coalesce(sessions_unauthorised_summer, 0)
            when 'five_half_terms' then coalesce(sessions_unauthorised_five_half_terms, 0)
            when 'annual' then coalesce(sessions_unauthorised_annual, 0)
        end as unauthorised,
        sessions_possible_sixth_half_term as sixth_possible,
        coalesce(sessions_authorised_sixth_half_term, 0)
        + coalesce(sessions_unauthorised_sixth_half_term, 0) as sixth_missed
    from delivered
),

registrations as (
    select distinct
        person_id, academic_year, row_hash, measure, possible, authorised, unauthorised,
        sixth_possible, sixth_missed
    from measured
    -- A school at which no session was possible adds none.
    where possible > 0
),

totals as (
    select
        person_id,
        academic_year,
        if(min(measure) = max(measure), min(measure), 'mixed') as measure,
        cast(count(*) as integer) as registrations,
        cast(sum(possible) as integer) as sessions_possible,
        cast(sum(authorised + unauthorised) as integer) as sessions_missed,
        cast(sum(unauthorised) as integer) as sessions_unauthorised,
        cast(sum(sixth_possible) as integer) as sixth_possible,
        cast(
            sum(sixth_missed) filter (where sixth_possible is not null) as integer
        ) as sixth_missed
    from registrations
    group by person_id, academic_year
)

select
    person_id, academic_year, measure, registrations, sessions_possible, sessions_missed,
    sessions_unauthorised,
    -- A tenth or more: the definition of DfE since 2015/16, here for every year.
    sessions_missed * 10 >= sessions_possible as is_persistent,
    sixth_possible, sixth_missed
from totals
where sessions_possible <= 420
