-- Grain: one row per member and spell of one kind before the index date, cut at it.
with spells as (
    select person_id, state, start_date, end_date from need_spells
    union all
    select person_id, 'cpp' as state, start_date, end_date from plan_spells
    union all
    select person_id, 'cla' as state, start_date, end_date from care_spells
)

select
    members.person_id, members.index_date, spells.state, spells.start_date,
    least(spells.end_date, members.index_date) as end_date
from spells
inner join members on spells.person_id = members.person_id
where spells.start_date < members.index_date
