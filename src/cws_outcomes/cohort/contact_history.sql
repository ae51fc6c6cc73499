-- Grain: one row per member and time in a state before the index date, cut at it.
select
    members.person_id, members.index_date, contact_states.start_date,
    least(contact_states.end_date, members.index_date) as end_date,
    contact_states.state
from contact_states
inner join members on contact_states.person_id = members.person_id
where contact_states.start_date < members.index_date
