-- Grain: one row per pupil of the six cohorts who was ever persistently absent by the end of key
-- stage 4, in all or by sessions missed without leave alone.
-- The day stands for the first term of the first such year in which a tenth of the term's sessions
-- was missed; for spring where a year is not delivered by term. Absence without leave stands for
-- "unauthorised, other": no delivered table gives reasons by code.
with first_years as (
    select
        six_cohorts.person_id,
        min(academic_year) filter (where is_persistent) as all_year,
        min(academic_year) filter (
            where sessions_unauthorised * 10 >= sessions_possible
        ) as unauthorised_year
    from six_cohorts
    inner join absence_years using (person_id)
    where academic_year <= six_cohorts.birth_cohort + 17
    group by six_cohorts.person_id
    having bool_or(is_persistent)
),

-- One row per school, as often as it is delivered.
schools as (
    select distinct
        first_years.person_id,
        cast(right(absence.academic_year, 4) as integer) as academic_year,
        absence.school_number,
        sessions_possible_autumn, sessions_authorised_autumn, sessions_unauthorised_autumn,
        sessions_possible_spring, sessions_authorised_spring, sessions_unauthorised_spring,
        sessions_possible_summer, sessions_authorised_summer, sessions_unauthorised_summer
    from first_years
    inner join person_keys using (person_id)
    inner join delivered_absence as absence
        on
            person_keys.key_kind = 'pupil'
            and person_keys.key = absence.pupil_reference
            and right(absence.academic_year, 4) in (
                cast(first_years.all_year as varchar),
                cast(first_years.unauthorised_year as varchar)
            )
),

terms as (
    select
        person_id,
        academic_year,
        unnest([
            make_date(academic_year - 1, 10, 1), make_date(academic_year, 2, 1),
            make_date(academic_year, 6, 1)
        ]) as term_date,
        unnest([
            sum(sessions_possible_autumn), sum(sessions_possible_spring),
            sum(sessions_possible_summer)
        ]) as possible,
        unnest([
            sum(sessions_authorised_autumn), sum(sessions_authorised_spring),
            sum(sessions_authorised_summer)
        ]) as authorised,
        unnest([
            sum(sessions_unauthorised_autumn), sum(sessions_unauthorised_spring),
            sum(sessions_unauthorised_summer)
        ]) as unauthorised
    from schools
    group by person_id, academic_year
)

select
    first_years.person_id,
    coalesce(
        min(term_date) filter (
            where
            academic_year = all_year
            and 10 * (coalesce(authorised, 0) + coalesce(unauthorised, 0)) >= possible
        ),
        make_date(any_value(all_year), 2, 1)
    ) as absence_date,
    coalesce(
        min(term_date) filter (
            where academic_year = unauthorised_year and 10 * unauthorised >= possible
        ),
        make_date(any_value(unauthorised_year), 2, 1)
    ) as truancy_date
from first_years
left join terms on first_years.person_id = terms.person_id and terms.possible > 0
group by first_years.person_id
