-- Grain: one row per pupil of the six cohorts of the DfE and MoJ release (figure F001).
-- Born from September 1996 to August 2002; on a census in the year that key stage 2 ends and in
-- that in which key stage 4 ends, each within a year, with a KS4 record. Pupils of independent
-- schools are on no census. The year a stage ends follows from the year of birth.
with on_census as (
    select
        people.person_id,
        bool_or(
            year(school_years.census_date) - birth_cohort between 11 and 13
        ) as is_at_end_of_stage_2,
        bool_or(
            year(school_years.census_date) - birth_cohort between 16 and 18
        ) as is_at_end_of_stage_4
    from people
    inner join school_years using (person_id)
    where birth_cohort between 1996 and 2001
    group by people.person_id
),

with_result as (
    select distinct person_id
    from people
    inner join attainment using (person_id)
    where
        measure in ('english_maths', 'best_8_points', 'attainment_8', 'any_pass')
        and year(result_date) - birth_cohort between 16 and 18
)

select
    people.person_id,
    people.birth_cohort,
    people.birth_date,
    people.sex,
    people.ethnic_group,
    make_date(people.birth_cohort + 17, 9, 1) as stage_4_end_date,
    make_date(people.birth_cohort + 19, 9, 1) as year_13_end_date
from people
inner join on_census using (person_id)
inner join with_result using (person_id)
where is_at_end_of_stage_2 and is_at_end_of_stage_4
