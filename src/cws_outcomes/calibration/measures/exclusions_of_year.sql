-- Grain: one row per figure and part.
-- Exclusions of an academic year over pupils on the roll of a school in its January.
with pupils as (
    select
        *,
        unnest([
            'all',
            case when state in ('cin', 'cpp') then 'cin' when state = 'cla12' then 'cla12' end,
            if(year = 2013 and nc_year between 7 and 11, 'year_' || nc_year, null),
            case
                when year = 2013 and is_fsm_eligible then 'free_meals'
                when year = 2013 and not is_fsm_eligible then 'no_free_meals'
            end,
            if(year = 2013, 'sen_' || sen_group, null),
            if(year = 2013 and sen_type = 'social_emotional', 'social_emotional', null)
        ]) as pupil_group
    from pupils_of_year
),

counts as (
    select
        year, pupil_group,
        count_if(is_listed) as pupils, count_if(fixed > 0) as ever_fixed, sum(fixed) as fixed,
        sum(permanent) as permanent
    from pupils
    where pupil_group is not null
    group by all
),

wanted (figure, part, year, pupil_group, counted) as (
    values
    ('F104', 'all', 2016, 'all', 'ever_fixed'),
    ('F104', 'cin', 2016, 'cin', 'ever_fixed'),
    ('F104', 'cla12', 2016, 'cla12', 'ever_fixed'),
    ('F105', 'all', 2016, 'all', 'permanent'),
    ('F105', 'cin', 2016, 'cin', 'permanent'),
    ('F116', 'permanent', 2013, 'all', 'permanent'),
    ('F116', 'fixed', 2013, 'all', 'fixed'),
    ('F116', 'pupils', 2013, 'all', 'ever_fixed'),
    ('F117', 'year_7', 2013, 'year_7', 'ever_fixed'),
    ('F117', 'year_8', 2013, 'year_8', 'ever_fixed'),
    ('F117', 'year_9', 2013, 'year_9', 'ever_fixed'),
    ('F117', 'year_10', 2013, 'year_10', 'ever_fixed'),
    ('F117', 'year_11', 2013, 'year_11', 'ever_fixed'),
    ('F118', 'year_7', 2013, 'year_7', 'permanent'),
    ('F118', 'year_8', 2013, 'year_8', 'permanent'),
    ('F118', 'year_9', 2013, 'year_9', 'permanent'),
    ('F118', 'year_10', 2013, 'year_10', 'permanent'),
    ('F118', 'year_11', 2013, 'year_11', 'permanent'),
    ('F120', 'free_meals', 2013, 'free_meals', 'ever_fixed'),
    ('F120', 'no_free_meals', 2013, 'no_free_meals', 'ever_fixed'),
    ('F120', 'support', 2013, 'sen_support', 'ever_fixed'),
    ('F120', 'statement', 2013, 'sen_plan', 'ever_fixed'),
    ('F120', 'no_need', 2013, 'sen_none', 'ever_fixed'),
    ('F121', 'social_emotional', 2013, 'social_emotional', 'ever_fixed')
),

parts as (
    select
        figure,
        part,
        case counted
            when 'ever_fixed' then ever_fixed when 'fixed' then fixed else permanent
        end as numerator,
        pupils as denominator
    from wanted
    inner join counts using (year, pupil_group)
)

select figure, part, 100 * numerator / denominator as value, numerator, denominator
from parts
where denominator > 0
