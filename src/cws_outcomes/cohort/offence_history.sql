-- Grain: one row per member and offence before the index date.
select
    members.person_id, members.index_date, offences.offence_no, offences.offence_date,
    offences.disposal_date, offences.is_proven, offences.is_custody, offences.custody_date
from offences
inner join members on offences.person_id = members.person_id
where offences.offence_date < members.index_date
