-- Grain: one row per figure and part.
-- F126: on a school's roll in January 2011, Year 7, permanently excluded in Years 7 to 11. F127: of
-- five cohorts who began Year 7 in 2009 to 2013 and were so excluded, by the exclusions to 2016/17
-- that the source had: where they were in the January of Year 11. A unit that is a school since
-- 2013 is among the schools; other provision is that of the census of alternative provision. F128:
-- born September 2003 to August 2008, excluded in reception to Year 6.
with pupils as (
    select
        people.person_id,
        people.birth_cohort,
        bool_or(
            year(census_date) = birth_cohort + 13 and census in ('spring', 'plasc') and is_on_roll
        ) as began_year_7,
        bool_or(year(census_date) between birth_cohort + 6 and birth_cohort + 12 and is_on_roll)
            as was_in_primary,
        max(census) filter (where year(census_date) = birth_cohort + 17 and is_on_roll)
            as last_census
    from people
    inner join school_years using (person_id)
    where people.birth_cohort between 1997 and 2007
    group by all
),

histories as (
    select
        pupils.person_id,
        bool_or(
            category = 'permanent'
            and start_date >= make_date(birth_cohort + 12, 9, 1)
            and start_date < make_date(birth_cohort + 17, 9, 1)
        ) as was_excluded,
        bool_or(
            category = 'permanent'
            and start_date >= make_date(birth_cohort + 12, 9, 1)
            and start_date < least(make_date(birth_cohort + 17, 9, 1), date '2017-09-01')
        ) as was_excluded_to_2017,
        bool_or(category = 'suspension' and start_date < make_date(birth_cohort + 12, 9, 1))
            as was_suspended_in_primary,
        bool_or(category = 'permanent' and start_date < make_date(birth_cohort + 12, 9, 1))
            as was_excluded_in_primary
    from pupils
    inner join exclusions using (person_id)
    group by pupils.person_id
),

joined as (
    select *
    from pupils
    left join histories using (person_id)
),

parts as (
    select
        'F126' as figure, 'excluded' as part, count_if(was_excluded) as numerator,
        count(*) as denominator
    from joined
    where began_year_7 and birth_cohort = 1998
    union all
    select
        'F127', unnest(['on_school_roll', 'other_provision']),
        unnest([count_if(last_census in ('spring', 'pru')), count_if(last_census = 'ap')]),
        unnest([count(*), count(*)])
    from joined
    where began_year_7 and birth_cohort <= 2001 and was_excluded_to_2017
    union all
    select
        'F128', unnest(['suspended', 'excluded']),
        unnest([count_if(was_suspended_in_primary), count_if(was_excluded_in_primary)]),
        unnest([count(*), count(*)])
    from joined
    where birth_cohort >= 2003 and was_in_primary
)

select figure, part, 100 * numerator / denominator as value, numerator, denominator
from parts
where denominator > 0
