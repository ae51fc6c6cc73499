-- Grain: one row per member; value = days in the state inside the window, missing if none.
with days as (
    select person_id, sum(end_date - start_date) as days
    from state_spells
    group by person_id
)

select members.person_id, cast(days.days as double) as value
from members
left join days on members.person_id = days.person_id
