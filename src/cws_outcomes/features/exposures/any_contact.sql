-- Grain: one row per member; value = 1 when the state held at any time in the window, else 0.
with seen as (
    select distinct person_id from state_spells
)

select members.person_id, if(seen.person_id is null, 0.0, 1.0)::double as value
from members
left join seen on members.person_id = seen.person_id
