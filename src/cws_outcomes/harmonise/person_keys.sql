-- Grain: one row per key under which a person is delivered: a pupil reference, or an LA child id.
-- An LA child id is unique within its LA only. A missing pupil reference is filled from the other
-- rows of the same LA and child id; where these name several, the one with most returns and
-- episodes is taken, the first in alphabetical order on a tie. Without any reference the LA's key
-- is the person.
with la_rows as (
    -- Not "union all": a row that is delivered twice has one voice.
    select la, la_child_id, pupil_reference, return_year, referral_date as day
    from delivered_children_in_need
    where la_child_id is not null and la is not null
    union
    select la, la_child_id, pupil_reference, null as return_year, episode_start_date as day
    from delivered_care_episodes
    where la_child_id is not null and la is not null
),

references_of_child as (
    select la, la_child_id, pupil_reference, count(*) as mentions
    from la_rows
    group by la, la_child_id, pupil_reference
),

children as (
    select
        la,
        la_child_id,
        first(
            pupil_reference order by mentions desc, pupil_reference
        ) filter (where pupil_reference is not null) as pupil_reference
    from references_of_child
    group by la, la_child_id
),

pupils as (
    select pupil_reference from delivered_school_census
    union
    select pupil_reference from delivered_absence
    union
    select pupil_reference from delivered_exclusions
    union
    select pupil_reference from delivered_key_stage_2
    union
    select pupil_reference from delivered_key_stage_4
    union
    select pupil_reference from delivered_children_in_need
    union
    select pupil_reference from delivered_care_episodes
),

persons as (
    select 'pupil' as person_kind, '' as la, pupil_reference as person_key from pupils
    where pupil_reference is not null
    union all
    select 'la_child' as person_kind, la, la_child_id as person_key from children
    where pupil_reference is null
),

numbered as (
    select
        person_kind, la, person_key,
        -- Pupils first, in alphabetical order: the same delivery gives the same numbers.
        row_number() over (order by person_kind desc, la, person_key) as person_id
    from persons
)

select person_kind as key_kind, la, person_key as key, person_id
from numbered
union all
select
    'la_child' as key_kind, children.la, children.la_child_id as key, numbered.person_id
from children
inner join numbered
    on numbered.person_kind = 'pupil' and children.pupil_reference = numbered.person_key
