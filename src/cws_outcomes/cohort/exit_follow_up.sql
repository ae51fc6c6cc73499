-- Grain: one row per member and reason for leaving observation from the index date on.
select members.person_id, members.index_date, exits.reason, exits.exit_date
from exits
inner join members on exits.person_id = members.person_id
where exits.exit_date >= members.index_date
