-- Grain: one row per child and 31 March of 2013 to 2019, in need, on a plan or looked after.
-- Open at the end of the day. Looked after: short breaks out, remand in; cla12: for twelve months
-- without a break. The highest state holds: cla12 or cla, else cpp, else cin, as DfE tells them
-- apart in outcomes of children in need.
with days as (
    select unnest(range(2013, 2020)) as year, make_date(year, 3, 31) as day
),

states as (
    select
        days.year,
        care_periods.person_id,
        if(care_periods.start_date <= days.day - to_years(1) + to_days(1), 4, 3) as height
    from days
    inner join care_periods
        on days.day >= care_periods.start_date and days.day < care_periods.end_date
    where not care_periods.is_respite
    union all
    select days.year, plan_spells.person_id, 2
    from days
    inner join plan_spells
        on days.day >= plan_spells.start_date and days.day < plan_spells.end_date
    union all
    select days.year, need_spells_dfe.person_id, 1
    from days
    inner join need_spells_dfe
        on days.day >= need_spells_dfe.start_date and days.day < need_spells_dfe.end_date
    where need_spells_dfe.state = 'cin'
)

select
    person_id,
    cast(year as integer) as year,
    list_extract(['cin', 'cpp', 'cla', 'cla12'], cast(max(height) as integer)) as state
from states
group by person_id, year
