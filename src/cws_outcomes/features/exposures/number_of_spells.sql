-- Grain: one row per member; value = number of spells in the state, missing if none.
with spells as (
    select person_id, count(*) as spells
    from state_spells
    group by person_id
)

select members.person_id, cast(spells.spells as double) as value
from members
left join spells on members.person_id = spells.person_id
