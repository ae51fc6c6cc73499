-- Grain: one row per figure and part.
-- Looked after or on a plan on 31 March 2015, by the deprivation of the neighbourhood that the last
-- January census before gives as home (1 = most deprived tenth). Known for children of school age
-- who were at school when it began, and taken to hold for all: levels are those of all children.
with begun as (
    select person_id, true as is_care, start_date
    from care_periods
    where
        not is_respite and date '2015-03-31' >= start_date and date '2015-03-31' < end_date
    union all
    select person_id, false, start_date
    from plan_spells
    where date '2015-03-31' >= start_date and date '2015-03-31' < end_date
),

children as (
    select person_id, bool_or(is_care) as is_care, min(start_date) as start_date
    from begun
    group by person_id
),

homes as (
    select
        children.person_id,
        any_value(children.is_care) as is_care,
        least(10, 1 + floor(10 * (1 - arg_max(idaci_ridit, census_date)))) as decile
    from children
    inner join school_years
        on
            children.person_id = school_years.person_id
            and children.start_date > school_years.census_date
    where idaci_ridit is not null
    group by children.person_id
),

residents as (
    select
        idaci_decile as decile,
        sum(children) filter (where age between 5 and 17) as at_school,
        sum(children) as children
    from population
    where year = 2014 and age < 18
    group by idaci_decile
),

rates as (
    select
        residents.decile,
        any_value(residents.children) as children,
        count(homes.person_id) / any_value(residents.at_school) as known,
        count_if(homes.is_care) / any_value(residents.at_school) as known_care
    from residents
    left join homes using (decile)
    group by residents.decile
),

levels as (
    select
        decile,
        known,
        known_care * (select count_if(is_care) from children)
        / (sum(known_care * children) over ()) as care
    from rates
),

parts as (
    select
        'F132' as figure, 'most_over_least' as part,
        any_value(known) filter (where decile = 1) / any_value(known) filter (where decile = 10)
            as value
    from levels
    union all
    select 'F133', 'most', 10000 * any_value(care) filter (where decile = 1) from levels
    union all
    select 'F133', 'least', 10000 * any_value(care) filter (where decile = 10) from levels
    union all
    select 'F134', 'per_step', exp(-regr_slope(ln(known), decile)) from levels
    where known > 0
)

select
    figure, part, value,
    cast(null as double) as numerator,
    cast(null as double) as denominator
from parts
where isfinite(value)
