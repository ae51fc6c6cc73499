-- Grain: one row per person of the spine.
-- Each characteristic is the value in most school censuses; where the census is silent, in most
-- returns and episodes of social care. Ties go to the first in alphabetical or numerical order.
-- Rows are joined with "union": one that is delivered twice has one voice.
with sightings as (
    select
        person_keys.person_id, 1 as source_rank, cast(census.file_year as varchar) as occasion,
        birth_year, birth_month,
        codelist_sex."group" as sex,
        codelist_ethnicity."group" as ethnic_group,
        codelist_language."group" as language
    from delivered_school_census as census
    inner join person_keys
        on person_keys.key_kind = 'pupil' and census.pupil_reference = person_keys.key
    left join codelist_sex on upper(census.sex) = codelist_sex.code
    left join codelist_ethnicity on upper(census.ethnicity) = codelist_ethnicity.code
    left join codelist_language on upper(census.language) = codelist_language.code
    union
    select
        person_keys.person_id, 2 as source_rank, occasion, birth_year, birth_month,
        codelist_sex."group" as sex, codelist_ethnicity."group" as ethnic_group,
        null as language
    from (
        select
            la, la_child_id, return_year as occasion, birth_year, birth_month, sex, ethnicity
        from delivered_children_in_need
        union all
        select
            la, la_child_id, cast(episode_start_date as varchar) as occasion, birth_year,
            birth_month, sex, ethnicity
        from delivered_care_episodes
    ) as social_care
    inner join person_keys
        on
            person_keys.key_kind = 'la_child'
            and social_care.la = person_keys.la
            and social_care.la_child_id = person_keys.key
    left join codelist_sex on upper(social_care.sex) = codelist_sex.code
    left join codelist_ethnicity on upper(social_care.ethnicity) = codelist_ethnicity.code
),

births as (
    select person_id, source_rank, birth_year, birth_month, count(*) as mentions
    from sightings
    where birth_year between 1980 and 2030 and birth_month between 1 and 12
    group by person_id, source_rank, birth_year, birth_month
),

sexes as (
    select person_id, source_rank, sex, count(*) as mentions
    from sightings where sex is not null group by person_id, source_rank, sex
),

ethnic_groups as (
    select person_id, source_rank, ethnic_group, count(*) as mentions
    from sightings where ethnic_group is not null group by person_id, source_rank, ethnic_group
),

languages as (
    select person_id, source_rank, language, count(*) as mentions
    from sightings where language is not null group by person_id, source_rank, language
),

birth_of_person as (
    select
        person_id,
        first(
            make_date(birth_year, birth_month, $people_birth_day)
            order by source_rank, mentions desc, birth_year, birth_month
        ) as birth_date
    from births
    group by person_id
),

sex_of_person as (
    select person_id, first(sex order by source_rank, mentions desc, sex) as sex
    from sexes
    group by person_id
),

ethnic_group_of_person as (
    select
        person_id,
        first(ethnic_group order by source_rank, mentions desc, ethnic_group) as ethnic_group
    from ethnic_groups
    group by person_id
),

language_of_person as (
    select person_id, first(language order by source_rank, mentions desc, language) as language
    from languages
    group by person_id
),

persons as (
    select person_id, bool_or(key_kind = 'pupil') as has_pupil_reference
    from person_keys
    group by person_id
)

select
    persons.person_id,
    persons.has_pupil_reference,
    birth_of_person.birth_date,
    cast(
        year(birth_of_person.birth_date)
        - if(month(birth_of_person.birth_date) >= 9, 0, 1) as integer
    ) as birth_cohort,
    sex_of_person.sex,
    ethnic_group_of_person.ethnic_group,
    language_of_person.language
from persons
left join birth_of_person on persons.person_id = birth_of_person.person_id
left join sex_of_person on persons.person_id = sex_of_person.person_id
left join ethnic_group_of_person on persons.person_id = ethnic_group_of_person.person_id
left join language_of_person on persons.person_id = language_of_person.person_id
