-- Grain: one row per person, start date and kind of exclusion.
-- The same exclusion may be sent by two schools: one a day and kind stays, the longest.
select
    person_keys.person_id,
    delivered.start_date,
    codelist_exclusion_category."group" as category,
    max(delivered.sessions) as sessions
from delivered_exclusions as delivered
inner join person_keys
    on person_keys.key_kind = 'pupil' and delivered.pupil_reference = person_keys.key
inner join codelist_exclusion_category
    on upper(delivered.category) = codelist_exclusion_category.code
where delivered.start_date is not null
group by person_keys.person_id, delivered.start_date, codelist_exclusion_category."group"
