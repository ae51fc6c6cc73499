-- Grain: one row per person and January census: the main record.
-- PLASC is the January census before 2006; PRU and AP censuses hold pupils whom no school may list.
-- Summer and autumn censuses fill nothing: what is found in May was not known in January.
with keyed as not materialized (
    select
        person_keys.person_id,
        coalesce(cast(right(census.academic_year, 4) as integer), census.file_year)
            as census_year,
        census.census, census.census_date, census.on_roll, census.entry_date, census.school_urn,
        census.school_la, census.birth_year, census.birth_month, census.age_at_start,
        census.nc_year, census.home_la, census.fsm_eligible, census.sen_provision,
        census.sen_type, census.idaci_rank_2001, census.idaci_rank, census.enrolment_status,
        census.record_status
    from delivered_school_census as census
    inner join person_keys
        on person_keys.key_kind = 'pupil' and census.pupil_reference = person_keys.key
    where
        census.census in ('spring', 'plasc', 'pru', 'ap')
        and coalesce(census.academic_year, cast(census.file_year as varchar)) is not null
),

-- Few pupils have more than one record; only theirs are put in order, which is what costs.
several as (
    select person_id, census_year from keyed
    group by person_id, census_year
    having count(*) > 1
),

ordered as (
    select
        keyed.*,
        row_number() over (
            partition by keyed.person_id, keyed.census_year
            order by
                coalesce(codelist_flag."group" = 'true', true) desc,
                list_position(['spring', 'plasc', 'pru', 'ap'], keyed.census),
                cast(codelist_enrolment_status."group" as integer) nulls last,
                keyed.entry_date desc nulls last, keyed.school_urn nulls last,
                keyed.record_status nulls last, keyed
        ) as choice
    from keyed
    semi join several
        on keyed.person_id = several.person_id and keyed.census_year = several.census_year
    left join codelist_flag on upper(keyed.on_roll) = codelist_flag.code
    left join codelist_enrolment_status
        on upper(keyed.enrolment_status) = codelist_enrolment_status.code
),

records as (
    select * exclude (enrolment_status, record_status)
    from keyed
    anti join several
        on keyed.person_id = several.person_id and keyed.census_year = several.census_year
    union all
    -- Where and when are those of the main record; arg_min passes over what it leaves blank.
    select
        person_id, census_year, first(census order by choice), arg_min(census_date, choice),
        first(on_roll order by choice), first(entry_date order by choice),
        first(school_urn order by choice), first(school_la order by choice),
        arg_min(birth_year, choice), arg_min(birth_month, choice), arg_min(age_at_start, choice),
        arg_min(nc_year, choice), arg_min(home_la, choice), arg_min(fsm_eligible, choice),
        arg_min(sen_provision, choice), arg_min(sen_type, choice),
        arg_min(idaci_rank_2001, choice), arg_min(idaci_rank, choice)
    from ordered
    group by person_id, census_year
),

aged as (
    select
        *,
        -- By year and month of birth: completed years on 31 August before the census.
        coalesce(
            if(
                birth_month between 1 and 12,
                census_year - 1 - birth_year - if(birth_month >= 9, 1, 0),
                null
            ),
            age_at_start
        ) as age
    from records
)

select
    aged.person_id,
    if(
        aged.census_date between
        make_date(census_year - 1, 9, 1) and make_date(census_year, 8, 31),
        aged.census_date,
        make_date(census_year, 1, 15)
        + cast((4 - isodow(make_date(census_year, 1, 15)) + 7) % 7 as integer)
    ) as census_date,
    aged.census,
    coalesce(
        cast(codelist_nc_year."group" as integer),
        if(aged.age between 2 and 19, greatest(aged.age - 4, -1), null)
    ) as nc_year,
    coalesce(on_roll_flag."group" = 'true', true) as is_on_roll,
    aged.entry_date,
    aged.school_urn,
    school.la_code as school_la_code,
    home.la_code as home_la_code,
    fsm_flag."group" = 'true' as is_fsm_eligible,
    codelist_sen_provision."group" as sen_group,
    codelist_sen_type."group" as sen_type,
    -- Ranks are of the small areas of their edition: geography/deprivation_indices.csv.
    cast(1 - coalesce(
        if(idaci_rank between 1 and 32844, (idaci_rank - 0.5) / 32844, null),
        if(idaci_rank_2001 between 1 and 32482, (idaci_rank_2001 - 0.5) / 32482, null)
    ) as double) as idaci_ridit
from aged
left join codelist_nc_year on upper(aged.nc_year) = codelist_nc_year.code
left join codelist_flag as on_roll_flag on upper(aged.on_roll) = on_roll_flag.code
left join codelist_flag as fsm_flag on upper(aged.fsm_eligible) = fsm_flag.code
left join codelist_sen_provision on upper(aged.sen_provision) = codelist_sen_provision.code
left join codelist_sen_type on upper(aged.sen_type) = codelist_sen_type.code
left join local_authorities as school on aged.school_la = school.raw_code
left join local_authorities as home on aged.home_la = home.raw_code
