-- Grain: one row per key under which a person is delivered.
-- A pupil reference is a person; so is an LA child id without one. A person of the justice records
-- is the pupil whose reference most of its offences name, of those in the spine, the first by
-- alphabet on a tie: pupils are never joined through it. A pupil may be several of them. Justice
-- records link to the spine and add nobody to it.
with pupils as (
    select distinct pupil_reference
    from (
        select pupil_reference from delivered_school_census
        union all
        select pupil_reference from delivered_absence
        union all
        select pupil_reference from delivered_exclusions
        union all
        select pupil_reference from delivered_early_years
        union all
        select pupil_reference from delivered_key_stage_1
        union all
        select pupil_reference from delivered_key_stage_2
        union all
        select pupil_reference from delivered_key_stage_2_exams
        union all
        select pupil_reference from delivered_key_stage_4
        union all
        select pupil_reference from delivered_key_stage_5
        union all
        select pupil_reference from delivered_children_in_need
        union all
        select pupil_reference from delivered_care_episodes
        union all
        select pupil_reference from delivered_care_years
    ) as named
    where pupil_reference is not null
),

persons as (
    select 'pupil' as key_kind, '' as la, pupil_reference as key from pupils
    union all
    select distinct 'la_child' as key_kind, authority as la, la_child_id as key
    from la_children
    where pupil_reference is null
),

numbered as (
    select
        key_kind, la, key,
        -- Pupils first, in alphabetical order: the same delivery gives the same numbers.
        row_number() over (order by key_kind desc, la, key) as person_id
    from persons
),

pupils_numbered as (
    select key as pupil_reference, person_id from numbered where key_kind = 'pupil'
),

moj_persons as (
    select
        moj_references.moj_id,
        arg_min(
            pupils_numbered.person_id,
            (-moj_references.mentions, moj_references.pupil_reference)
        ) as person_id
    from moj_references
    inner join pupils_numbered
        on moj_references.pupil_reference = pupils_numbered.pupil_reference
    group by moj_references.moj_id
)

select 'pupil' as key_kind, '' as la, pupil_reference as key, person_id
from pupils_numbered
union all
select 'la_child' as key_kind, la_children.la, la_children.la_child_id as key, numbered.person_id
from la_children
inner join numbered
    on
        numbered.key_kind = if(la_children.pupil_reference is null, 'la_child', 'pupil')
        and numbered.la = if(la_children.pupil_reference is null, la_children.authority, '')
        and numbered.key = coalesce(la_children.pupil_reference, la_children.la_child_id)
union all
select 'moj' as key_kind, '' as la, moj_id as key, person_id
from moj_persons
