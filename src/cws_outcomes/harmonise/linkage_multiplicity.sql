-- Grain: one row per direction of a link and number of keys at its other end.
with links as (
    select 'moj_id_to_pupil_references' as direction, count(pupil_reference) as linked
    from (
        select moj_id, null as pupil_reference from delivered_offences where moj_id is not null
        union
        select moj_id, pupil_reference from moj_references
    ) as named
    group by moj_id
    union all
    select 'pupil_reference_to_moj_ids' as direction, count(*) as linked
    from moj_references
    group by pupil_reference
    union all
    select 'person_to_moj_ids' as direction, count(*) as linked
    from person_keys
    where key_kind = 'moj'
    group by person_id
    union all
    select 'la_child_id_to_pupil_references' as direction, max(pupil_references) as linked
    from la_children
    group by authority, la_child_id
    union all
    select 'pupil_reference_to_la_child_ids' as direction, count(*) as linked
    from (
        select distinct authority, la_child_id, pupil_reference from la_children
        where pupil_reference is not null
    ) as children
    group by pupil_reference
)

select
    direction,
    if(linked < 3, cast(linked as varchar), '3 or more') as linked_keys,
    count(*) as key_count
from links
group by direction, linked_keys
