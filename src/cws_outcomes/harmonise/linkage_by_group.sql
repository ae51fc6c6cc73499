-- Grain: one row per grouping and level: who is linked, and who is not.
-- Persons of the spine by what is known of them, and persons of the justice records, linked or not,
-- by the year of birth that the recorded age at their earliest offence leads to.
with homes as (
    select person_id, arg_max(home_la_code, (census_date, home_la_code)) as la_code
    from school_years
    where home_la_code is not null
    group by person_id
),

records as (
    select person_id, la_code, referral_date as start_date, false as is_care from referrals
    union all
    select person_id, la_code, start_date, true as is_care from care_episodes
),

social_care as (
    select
        person_id,
        arg_max(la_code, (start_date, la_code)) as la_code,
        bool_or(not is_care) as is_in_need,
        bool_or(is_care) as is_in_care
    from records
    group by person_id
),

described as (
    select
        people.has_pupil_reference,
        people.moj_ids,
        people.sex,
        people.ethnic_group,
        cast(people.birth_cohort as varchar) as birth_cohort,
        homes.la_code as home_la,
        social_care.la_code as responsible_la,
        coalesce(social_care.is_in_need, false) as is_in_need,
        coalesce(social_care.is_in_care, false) as is_in_care
    from people
    left join homes on people.person_id = homes.person_id
    left join social_care on people.person_id = social_care.person_id
),

-- A row of a person for each way to group it; who has no LA responsible is in no row of that.
grouped as (
    unpivot (
        select
            has_pupil_reference, moj_ids, is_in_need, is_in_care, 'all' as "all",
            coalesce(sex, 'unknown') as sex,
            coalesce(ethnic_group, 'unknown') as ethnic_group,
            coalesce(birth_cohort, 'unknown') as birth_cohort,
            coalesce(home_la, 'unknown') as home_la,
            responsible_la
        from described
    )
    on "all", sex, ethnic_group, birth_cohort, home_la, responsible_la
    into name grouped_by value level
),

justice_persons as (
    select
        moj_id,
        min(year(offence_date) - offence_age) filter (
            where offence_date >= date '1930-01-01' and offence_age between 0 and 100
        ) as birth_year
    from delivered_offences
    where moj_id is not null
    group by moj_id
)

select
    grouped_by,
    level,
    count(*) as persons,
    count(*) filter (where has_pupil_reference) as persons_with_reference,
    count(*) filter (where is_in_need) as in_need,
    count(*) filter (where is_in_need and has_pupil_reference) as in_need_with_reference,
    count(*) filter (where is_in_care) as in_care,
    count(*) filter (where is_in_care and has_pupil_reference) as in_care_with_reference,
    count(*) filter (where moj_ids > 0) as persons_with_moj_id,
    cast(sum(moj_ids) as bigint) as moj_ids,
    cast(sum(moj_ids) as bigint) as moj_ids_linked
from grouped
group by grouped_by, level
union all
select
    'recorded_birth_year' as grouped_by,
    coalesce(cast(justice_persons.birth_year as varchar), 'unknown') as level,
    0 as persons,
    0 as persons_with_reference,
    0 as in_need,
    0 as in_need_with_reference,
    0 as in_care,
    0 as in_care_with_reference,
    0 as persons_with_moj_id,
    count(*) as moj_ids,
    count(person_keys.person_id) as moj_ids_linked
from justice_persons
left join person_keys
    on person_keys.key_kind = 'moj' and justice_persons.moj_id = person_keys.key
group by level
