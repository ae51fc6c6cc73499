-- Grain: one row per person and summer or autumn census: the main record.
-- A file's year is that in which the academic year ends: the autumn census of 2012 is of October
-- 2011. No census was held in summer 2020.
with dated as (
    select
        pupil_reference, census, census_date, on_roll, enrolment_status, entry_date, school_urn,
        coalesce(cast(right(academic_year, 4) as integer), file_year) as census_year,
        if(
            census = 'autumn',
            make_date(coalesce(cast(right(academic_year, 4) as integer), file_year) - 1, 10, 1),
            make_date(coalesce(cast(right(academic_year, 4) as integer), file_year), 5, 15)
        ) as earliest
    from delivered_school_census
    where
        census in ('summer', 'autumn')
        and coalesce(academic_year, cast(file_year as varchar)) is not null
),

records as (
    select
        person_keys.person_id,
        dated.census,
        dated.census_year,
        if(
            dated.census_date between make_date(dated.census_year - 1, 9, 1)
            and make_date(dated.census_year, 8, 31),
            dated.census_date,
            -- The first Thursday of October, the third of May.
            dated.earliest + cast((4 - isodow(dated.earliest) + 7) % 7 as integer)
        ) as census_date,
        coalesce(codelist_flag."group" = 'true', true) as is_on_roll,
        dated.entry_date,
        dated.school_urn,
        cast(codelist_enrolment_status."group" as integer) as enrolment_rank
    from dated
    inner join person_keys
        on person_keys.key_kind = 'pupil' and dated.pupil_reference = person_keys.key
    left join codelist_flag on upper(dated.on_roll) = codelist_flag.code
    left join codelist_enrolment_status
        on upper(dated.enrolment_status) = codelist_enrolment_status.code
    where not (dated.census = 'summer' and dated.census_year = 2020)
)

select person_id, census_date, is_on_roll, entry_date, school_urn
from records
qualify
    row_number() over (
        partition by person_id, census, census_year
        order by
            is_on_roll desc, enrolment_rank nulls last, entry_date desc nulls last,
            school_urn nulls last, census_date
    ) = 1
