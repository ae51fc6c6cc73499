-- Grain: one row per member and census on or before the index date.
select
    members.person_id, members.index_date, school_years.census_date, school_years.nc_year,
    school_years.is_on_roll, school_years.is_fsm_eligible, school_years.sen_group,
    school_years.idaci_ridit
from school_years
inner join members on school_years.person_id = members.person_id
where school_years.census_date <= members.index_date
