-- Grain: one row per LA code as delivered and child id, with the pupil reference it stands for.
-- An LA child id is unique within its LA only; 3-digit and 9-digit codes of one LA are one. A
-- missing reference is filled from other rows of the child; where these name several, the one with
-- most returns and episodes is taken, the first by alphabet on a tie. Where children share a
-- reference, those whose birth, sex and ethnic group differ in two of the three from the child's
-- with most returns and episodes lose it. "union" gives a row that is delivered twice one voice.
with mentions as (
    select la, la_child_id, pupil_reference, return_year, referral_date as day
    from delivered_children_in_need
    where la_child_id is not null and la is not null
    union
    select la, la_child_id, pupil_reference, null as return_year, episode_start_date as day
    from delivered_care_episodes
    where la_child_id is not null and la is not null
    union
    select la, la_child_id, pupil_reference, return_year, null as day
    from delivered_care_years
    where la_child_id is not null and la is not null
),

delivered_ids as (
    select
        coalesce(authority_codes.authority, mentions.la) as authority,
        mentions.la, mentions.la_child_id, mentions.pupil_reference, count(*) as mentions
    from mentions
    left join authority_codes on mentions.la = authority_codes.code
    group by all
),

references_of_child as (
    select authority, la_child_id, pupil_reference, cast(sum(mentions) as bigint) as mentions
    from delivered_ids
    where pupil_reference is not null
    group by authority, la_child_id, pupil_reference
),

filled as (
    select
        authority, la_child_id,
        arg_min(pupil_reference, (-mentions, pupil_reference)) as pupil_reference,
        max(mentions) as mentions,
        count(*) as pupil_references
    from references_of_child
    group by authority, la_child_id
),

shared as (
    select authority, la_child_id, pupil_reference, mentions
    from filled
    qualify count(*) over (partition by pupil_reference) > 1
),

records as (
    select la, la_child_id, return_year as sent, birth_year, birth_month, birth_date, sex, ethnicity
    from delivered_children_in_need
    where la_child_id in (select la_child_id from shared)
    union
    select
        la, la_child_id, cast(episode_start_date as varchar) as sent, birth_year, birth_month,
        birth_date, sex, ethnicity
    from delivered_care_episodes
    where la_child_id in (select la_child_id from shared)
    union
    select la, la_child_id, return_year as sent, birth_year, birth_month, birth_date, sex, ethnicity
    from delivered_care_years
    where la_child_id in (select la_child_id from shared)
),

-- Some extracts bear the day of birth in place of its year and month.
born as (
    select
        * exclude (birth_year, birth_month, birth_date),
        12 * coalesce(birth_year, year(birth_date)) + coalesce(birth_month, month(birth_date))
            as birth
    from records
),

-- What most records say of each child that shares its reference; ties as the values are ordered.
described as (
    select
        shared.authority, shared.la_child_id, shared.pupil_reference, shared.mentions,
        mode(birth order by birth) as birth,
        mode(codelist_sex."group" order by codelist_sex."group") as sex,
        mode(codelist_ethnicity."group" order by codelist_ethnicity."group") as ethnic_group
    from shared
    left join authority_codes on shared.authority = authority_codes.authority
    left join born as records
        on
            coalesce(authority_codes.code, shared.authority) = records.la
            and shared.la_child_id = records.la_child_id
    left join codelist_sex on upper(records.sex) = codelist_sex.code
    left join codelist_ethnicity on upper(records.ethnicity) = codelist_ethnicity.code
    group by all
),

leaders as (
    select distinct on (pupil_reference) *
    from described
    order by pupil_reference, mentions desc, authority, la_child_id
),

refused as (
    select described.authority, described.la_child_id
    from described
    inner join leaders on described.pupil_reference = leaders.pupil_reference
    where
        cast(coalesce(described.birth != leaders.birth, false) as integer)
        + cast(coalesce(described.sex != leaders.sex, false) as integer)
        + cast(coalesce(described.ethnic_group != leaders.ethnic_group, false) as integer) >= 2
)

select
    ids.la, ids.la_child_id, ids.authority,
    if(refused.authority is null, filled.pupil_reference, null) as pupil_reference,
    cast(coalesce(filled.pupil_references, 0) as integer) as pupil_references,
    refused.authority is not null as is_reference_refused
from (select distinct authority, la, la_child_id from delivered_ids) as ids
left join filled on ids.authority = filled.authority and ids.la_child_id = filled.la_child_id
left join refused on ids.authority = refused.authority and ids.la_child_id = refused.la_child_id
