-- Grain: one row per member and time in a state from the index date on.
select
    members.person_id, members.index_date,
    greatest(contact_states.start_date, members.index_date) as start_date,
    contact_states.end_date, contact_states.state
from contact_states
inner join members on contact_states.person_id = members.person_id
where contact_states.end_date > members.index_date
