-- Grain: one row per member; value = age in years at the first day in the state, missing if never.
with first_days as (
    select
        members.person_id,
        members.birth_date,
        -- A case may open before birth: the age is then 0.
        greatest(min(state_spells.start_date), members.birth_date) as first_date
    from members
    inner join state_spells on members.person_id = state_spells.person_id
    group by members.person_id, members.birth_date
),

ages as (
    select
        *,
        date_sub('year', birth_date, first_date) as years
    from first_days
)

select
    members.person_id,
    -- By birthdays: ten years of 365.25 days end the day after many a tenth birthday.
    ages.years
    + cast(ages.first_date - cast(ages.birth_date + to_years(ages.years) as date) as double)
    / 366 as value
from members
left join ages on members.person_id = ages.person_id
