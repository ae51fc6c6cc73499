-- Grain: one row per figure and part.
-- Standards reached in the six cohorts: key stage 2 of the one that sat it in 2012/13, key stage 4
-- of the four that ended it in 2014/15 to 2017/18; all pupils, those with any proven offence and
-- those with one of serious violence, up to the end of Year 13.
with wanted (figure, part, measure, pupils) as (
    values
    ('F025', 'english_all', 'english_expected', 'all'),
    ('F025', 'maths_all', 'maths_expected', 'all'),
    ('F025', 'english_any_offence', 'english_expected', 'any_offence'),
    ('F025', 'maths_any_offence', 'maths_expected', 'any_offence'),
    ('F026', 'all', 'level_2_english_maths', 'all'),
    ('F026', 'any_offence', 'level_2_english_maths', 'any_offence'),
    ('F026', 'serious_violence', 'level_2_english_maths', 'serious_violence'),
    ('F027', 'all', 'level_1_english_maths', 'all'),
    ('F027', 'any_offence', 'level_1_english_maths', 'any_offence'),
    ('F027', 'serious_violence', 'level_1_english_maths', 'serious_violence'),
    ('F027', 'any_pass_all', 'any_pass', 'all'),
    ('F027', 'any_pass_any_offence', 'any_pass', 'any_offence'),
    ('F027', 'any_pass_serious_violence', 'any_pass', 'serious_violence')
),

results as (
    select
        attainment.measure,
        attainment.value,
        unnest([
            'all',
            if(pupils.first_offence_date is not null, 'any_offence', null),
            if(pupils.first_serious_date is not null, 'serious_violence', null)
        ]) as pupils
    from six_cohorts_pupils as pupils
    inner join attainment using (person_id)
    where
        pupils.birth_cohort
        >= if(attainment.measure in ('english_expected', 'maths_expected'), 2001, 1998)
)

select
    wanted.figure,
    wanted.part,
    100 * avg(results.value) as value,
    sum(results.value) as numerator,
    count(*) as denominator
from wanted
inner join results on wanted.measure = results.measure and wanted.pupils = results.pupils
group by wanted.figure, wanted.part
