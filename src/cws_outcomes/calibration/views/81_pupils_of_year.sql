-- Grain: one row per pupil and academic year to 2013, 2016 or 2017: on the roll of a school in
-- January (is_listed), or excluded in the year and listed by no school by then. National statistics
-- count the exclusions of both over the pupils listed. Who is not listed is described by the census
-- before. With exclusions of the year (lunchtime ones count as fixed, as in the statistics of the
-- time) and the state on 31 March.
with excluded as (
    select
        person_id,
        year(start_date) + if(month(start_date) >= 9, 1, 0) as year,
        count_if(category != 'permanent') as fixed,
        count_if(category = 'permanent') as permanent
    from exclusions
    where start_date >= date '2012-09-01' and start_date < date '2017-09-01'
    group by all
),

roll as (
    select
        person_id, year(census_date) as year, nc_year, is_fsm_eligible, sen_group, sen_type
    from school_years
    where is_on_roll and census in ('spring', 'plasc')
),

gone as (
    select
        excluded.person_id,
        excluded.year,
        max(roll.year) as last_year
    from excluded
    inner join roll on excluded.person_id = roll.person_id and roll.year <= excluded.year
    group by all
    having max(roll.year) < excluded.year
),

pupils as (
    select person_id, year, nc_year, is_fsm_eligible, sen_group, sen_type, true as is_listed
    from roll
    where year in (2013, 2016, 2017)
    union all
    select
        gone.person_id, gone.year, latest.nc_year + gone.year - gone.last_year,
        latest.is_fsm_eligible, latest.sen_group, latest.sen_type, false
    from gone
    inner join roll as latest
        on gone.person_id = latest.person_id and gone.last_year = latest.year
    where gone.year in (2013, 2016, 2017)
)

select
    person_id,
    year,
    pupils.nc_year,
    pupils.is_fsm_eligible,
    pupils.sen_group,
    pupils.sen_type,
    pupils.is_listed,
    children.state,
    coalesce(excluded.fixed, 0) as fixed,
    coalesce(excluded.permanent, 0) as permanent
from pupils
left join excluded using (person_id, year)
left join children_at_31_march as children using (person_id, year)
