-- Grain: one row per member and measure known on or before the index date.
select
    members.person_id, members.index_date, attainment.measure, attainment.result_date,
    attainment.value
from attainment
inner join members on attainment.person_id = members.person_id
where attainment.result_date <= members.index_date
