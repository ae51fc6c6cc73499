-- Grain: one row per measure of linkage.
select 'persons' as measure, count(*) as persons from people
union all
select 'persons with a pupil reference', count(*) from people where has_pupil_reference
union all
select 'persons known by an LA child id only', count(*) from people
where not has_pupil_reference
union all
select 'LA child ids', count(distinct row(authority, la_child_id)) from la_children
union all
select 'LA child ids linked to a pupil reference', count(distinct row(authority, la_child_id))
from la_children
where pupil_reference is not null
union all
select 'persons on the police national computer', count(distinct moj_id)
from delivered_offences
union all
select 'of these, with a pupil reference in the spine', count(distinct offences.moj_id)
from delivered_offences as offences
inner join person_keys
    on person_keys.key_kind = 'pupil' and offences.pupil_reference = person_keys.key
union all
select
    'persons on the police national computer, linked to the spine',
    count(distinct offences.moj_id)
from delivered_offences as offences
inner join person_keys on person_keys.key_kind = 'moj' and offences.moj_id = person_keys.key
union all
select 'persons linked to the police national computer', count(*) from people
where moj_ids > 0
union all
select 'justice ids of the spine without an offence', count(*)
from person_keys
anti join delivered_offences on person_keys.key = delivered_offences.moj_id
where person_keys.key_kind = 'moj'
union all
select 'social care rows that name no LA or no child', count(*)
from (
    select la, coalesce(la_child_id, pupil_reference) as child from delivered_children_in_need
    union all
    select la, coalesce(la_child_id, pupil_reference) as child from delivered_care_episodes
    union all
    select la, coalesce(la_child_id, pupil_reference) as child from delivered_care_years
) as social_care
where la is null or child is null
