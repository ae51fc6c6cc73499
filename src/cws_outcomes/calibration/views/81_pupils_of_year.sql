-- Grain: one row per pupil on the roll of a school in January of 2013, 2016 or 2017.
-- With exclusions of the academic year (lunchtime ones count as fixed, as in the statistics of the
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
)

select
    pupils.person_id,
    year(pupils.census_date) as year,
    pupils.nc_year,
    pupils.is_fsm_eligible,
    pupils.sen_group,
    pupils.sen_type,
    children.state,
    coalesce(excluded.fixed, 0) as fixed,
    coalesce(excluded.permanent, 0) as permanent
from school_years as pupils
left join excluded
    on pupils.person_id = excluded.person_id and year(pupils.census_date) = excluded.year
left join children_at_31_march as children
    on pupils.person_id = children.person_id and year(pupils.census_date) = children.year
where
    pupils.is_on_roll
    and pupils.census in ('spring', 'plasc')
    and year(pupils.census_date) in (2013, 2016, 2017)
