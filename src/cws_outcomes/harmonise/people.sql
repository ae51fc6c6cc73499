-- Grain: one row per person of the spine.
-- Each characteristic is the value of most years of school censuses; where these are silent, of
-- most years of social care. Ties go to the first in alphabetical or numerical order. Years, not
-- rows, have a voice: neither a second school nor a further census of the year counts again.
with births as (
    select
        person_id, arg_min(value, (source, -years, value)) as value,
        min(value) != max(value) as is_disputed
    from (
        select person_id, source, birth_month as value, bit_count(bit_or(years)) as years
        from characteristics
        where birth_month is not null
        group by all
    ) as voices
    group by person_id
),

sexes as (
    select
        person_id, arg_min(value, (source, -years, value)) as value,
        min(value) != max(value) as is_disputed
    from (
        select person_id, source, sex as value, bit_count(bit_or(years)) as years
        from characteristics
        where sex is not null
        group by all
    ) as voices
    group by person_id
),

ethnic_groups as (
    select
        person_id, arg_min(value, (source, -years, value)) as value,
        min(value) != max(value) as is_disputed
    from (
        select person_id, source, ethnic_group as value, bit_count(bit_or(years)) as years
        from characteristics
        where ethnic_group is not null
        group by all
    ) as voices
    group by person_id
),

languages as (
    select
        person_id, arg_min(value, (source, -years, value)) as value,
        min(value) != max(value) as is_disputed
    from (
        select person_id, source, language as value, bit_count(bit_or(years)) as years
        from characteristics
        where language is not null
        group by all
    ) as voices
    group by person_id
),

persons as (
    select
        person_id,
        bool_or(key_kind = 'pupil') as has_pupil_reference,
        cast(count(*) filter (where key_kind = 'moj') as integer) as moj_ids
    from person_keys
    group by person_id
)

select
    persons.person_id,
    persons.has_pupil_reference,
    persons.moj_ids,
    cast(births.value + to_days($people_birth_day - 1) as date) as birth_date,
    if(births.value is null, null, 'month') as birth_precision,
    cast(year(births.value) - if(month(births.value) >= 9, 0, 1) as integer) as birth_cohort,
    sexes.value as sex,
    ethnic_groups.value as ethnic_group,
    languages.value as language,
    coalesce(births.is_disputed, false) as is_birth_disputed,
    coalesce(sexes.is_disputed, false) as is_sex_disputed,
    coalesce(ethnic_groups.is_disputed, false) as is_ethnic_group_disputed,
    coalesce(languages.is_disputed, false) as is_language_disputed
from persons
left join births on persons.person_id = births.person_id
left join sexes on persons.person_id = sexes.person_id
left join ethnic_groups on persons.person_id = ethnic_groups.person_id
left join languages on persons.person_id = languages.person_id
