-- Grain: one row per person, source and combination of characteristics recorded together.
-- The years in which they were are the bits of one number (bit 0: 1990, or unknown), so that every
-- delivered row is read once and none is kept, and a row that is sent twice says nothing new.
with pupils as (
    select
        pupil_reference, birth_year, birth_month, sex, ethnicity, language,
        bit_or(cast(1 as bigint) << least(greatest(coalesce(
            try_cast(right(academic_year, 4) as integer), file_year, 1990
        ), 1990), 2050) - 1990) as years
    from delivered_school_census
    group by all
),

children as (
    select
        la, la_child_id,
        -- Some extracts bear the day of birth in place of its year and month.
        cast(coalesce(birth_year, year(birth_date)) as integer) as birth_year,
        cast(coalesce(birth_month, month(birth_date)) as integer) as birth_month,
        sex, ethnicity,
        bit_or(cast(1 as bigint) << least(greatest(coalesce(recorded, 1990), 1990), 2050) - 1990)
            as years
    from (
        select
            la, la_child_id, birth_year, birth_month, birth_date, sex, ethnicity,
            try_cast(right(return_year, 4) as bigint) as recorded
        from delivered_children_in_need
        union all
        select
            la, la_child_id, birth_year, birth_month, birth_date, sex, ethnicity,
            year(episode_start_date) as recorded
        from delivered_care_episodes
        union all
        select
            la, la_child_id, birth_year, birth_month, birth_date, sex, ethnicity,
            try_cast(right(return_year, 4) as bigint) as recorded
        from delivered_care_years
    ) as records
    group by all
),

sightings as (
    select
        person_keys.person_id, 'census' as source, pupils.birth_year, pupils.birth_month,
        pupils.sex, pupils.ethnicity, pupils.language, pupils.years
    from pupils
    inner join person_keys
        on person_keys.key_kind = 'pupil' and pupils.pupil_reference = person_keys.key
    union all
    select
        person_keys.person_id, 'social_care' as source, children.birth_year,
        children.birth_month, children.sex, children.ethnicity, null as language, children.years
    from children
    inner join person_keys
        on
            person_keys.key_kind = 'la_child'
            and children.la = person_keys.la
            and children.la_child_id = person_keys.key
)

select
    sightings.person_id,
    sightings.source,
    if(
        sightings.birth_year between 1980 and 2030 and sightings.birth_month between 1 and 12,
        make_date(sightings.birth_year, sightings.birth_month, 1),
        null
    ) as birth_month,
    codelist_sex."group" as sex,
    codelist_ethnicity."group" as ethnic_group,
    codelist_language."group" as language,
    bit_or(sightings.years) as years
from sightings
left join codelist_sex on upper(sightings.sex) = codelist_sex.code
left join codelist_ethnicity on upper(sightings.ethnicity) = codelist_ethnicity.code
left join codelist_language on upper(sightings.language) = codelist_language.code
group by all
