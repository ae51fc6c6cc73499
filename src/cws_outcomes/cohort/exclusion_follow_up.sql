-- Grain: one row per member and exclusion from the index date on.
select members.person_id, members.index_date, exclusions.start_date, exclusions.category
from exclusions
inner join members on exclusions.person_id = members.person_id
where exclusions.start_date >= members.index_date
