-- Grain: one row per figure and part.
-- Standards of key stages 2 and 4, of all pupils, those with any offence and those with serious
-- violence; of those with a result. F025: KS4 2017/18 only. F026 and F027: KS4 2014/15 to 2017/18.
with grouped as (
    select
        person_id,
        birth_cohort,
        unnest([
            'all',
            if(first_offence_date is not null, 'any_offence', null),
            if(first_serious_date is not null, 'serious_violence', null)
        ]) as pupils
    from six_cohorts_pupils
    where birth_cohort >= 1998
),

wanted (figure, measure, first_cohort, part) as (
    values
    ('F025', 'english_expected', 2001, '_english'),
    ('F025', 'maths_expected', 2001, '_maths'),
    ('F026', 'level_2_english_maths', 1998, ''),
    ('F027', 'level_1_english_maths', 1998, '_english_maths'),
    ('F027', 'any_pass', 1998, '_any_pass')
),

counted as (
    select
        wanted.figure,
        grouped.pupils || wanted.part as part,
        count_if(standards_reached.was_reached) as numerator,
        count(*) as denominator
    from grouped
    inner join standards_reached using (person_id)
    inner join wanted
        on
            standards_reached.measure = wanted.measure
            and grouped.birth_cohort >= wanted.first_cohort
    where grouped.pupils is not null
    group by all
)

select figure, part, 100 * numerator / denominator as value, numerator, denominator
from counted
