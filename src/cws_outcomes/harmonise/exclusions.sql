-- Grain: one row per person, start date and kind of exclusion.
-- The same exclusion may be sent by two schools: one a day and kind stays, the longest. Nobody
-- delivers exclusions from before 2001/02: an earlier day stands for an unknown one.
select
    person_keys.person_id,
    delivered.start_date,
    codelist_exclusion_category."group" as category,
    max(delivered.sessions) as sessions,
    first(
        codelist_exclusion_reason."group"
        order by delivered.sessions desc nulls last, codelist_exclusion_reason."group" nulls last
    ) as reason
from delivered_exclusions as delivered
inner join person_keys
    on person_keys.key_kind = 'pupil' and delivered.pupil_reference = person_keys.key
inner join codelist_exclusion_category
    on upper(delivered.category) = codelist_exclusion_category.code
left join codelist_exclusion_reason
    on
        upper(coalesce(delivered.reason, delivered.second_reason, delivered.third_reason))
        = codelist_exclusion_reason.code
where delivered.start_date >= date '2001-09-01'
group by person_keys.person_id, delivered.start_date, codelist_exclusion_category."group"
