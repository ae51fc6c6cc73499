-- Grain: one row per figure and part.
-- Results of pupils on a January census of their year, by state on the 31 March before the tests.
-- Before 2017/18 children in need were published with those on plans.
with wanted (figure, part, measure, year, states) as (
    values
    ('F094', 'all', 'attainment_8', 2019, ['none', 'cin', 'cpp', 'cla', 'cla12']),
    ('F094', 'cin', 'attainment_8', 2019, ['cin']),
    ('F094', 'cpp', 'attainment_8', 2019, ['cpp']),
    ('F094', 'cla12', 'attainment_8', 2019, ['cla12']),
    ('F095', 'all_2017', 'attainment_8', 2017, ['none', 'cin', 'cpp', 'cla', 'cla12']),
    ('F095', 'cin_2017', 'attainment_8', 2017, ['cin', 'cpp']),
    ('F095', 'cla12_2017', 'attainment_8', 2017, ['cla12']),
    ('F095', 'all_2018', 'attainment_8', 2018, ['none', 'cin', 'cpp', 'cla', 'cla12']),
    ('F095', 'cin_2018', 'attainment_8', 2018, ['cin']),
    ('F095', 'cpp_2018', 'attainment_8', 2018, ['cpp']),
    ('F095', 'cla12_2018', 'attainment_8', 2018, ['cla12']),
    ('F097', 'all', 'english_maths', 2019, ['none', 'cin', 'cpp', 'cla', 'cla12']),
    ('F097', 'cin', 'english_maths', 2019, ['cin']),
    ('F097', 'cpp', 'english_maths', 2019, ['cpp']),
    ('F097', 'cla12', 'english_maths', 2019, ['cla12']),
    ('F098', 'all', 'key_stage_2_expected', 2019, ['none', 'cin', 'cpp', 'cla', 'cla12']),
    ('F098', 'cin', 'key_stage_2_expected', 2019, ['cin']),
    ('F098', 'cpp', 'key_stage_2_expected', 2019, ['cpp']),
    ('F098', 'cla12', 'key_stage_2_expected', 2019, ['cla12']),
    ('F099', 'cla12', 'level_2_english_maths', 2013, ['cla12']),
    ('F099', 'not_looked_after', 'level_2_english_maths', 2013, ['none', 'cin', 'cpp'])
),

on_census as (
    select person_id, year(census_date) as year
    from school_years
    where year(census_date) in (2013, 2017, 2018, 2019)
),

results as (
    select
        attainment.measure,
        year(attainment.result_date) as year,
        coalesce(children.state, 'none') as state,
        sum(attainment.value) as total,
        count(*) as pupils
    from attainment
    semi join on_census
        on
            attainment.person_id = on_census.person_id
            and year(attainment.result_date) = on_census.year
    left join children_at_31_march as children
        on
            attainment.person_id = children.person_id
            and year(attainment.result_date) = children.year
    group by all
)

select
    wanted.figure,
    wanted.part,
    if(wanted.measure = 'attainment_8', 1, 100) * sum(total) / sum(pupils) as value,
    sum(total) as numerator,
    sum(pupils) as denominator
from wanted
inner join results
    on
        wanted.measure = results.measure
        and wanted.year = results.year
        and list_contains(wanted.states, results.state)
group by wanted.figure, wanted.part, wanted.measure
