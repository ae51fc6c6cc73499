-- Grain: one row per person and January census: the main record.
-- PLASC is the January census before 2006; PRU and AP censuses hold pupils whom no school may list.
-- Summer and autumn censuses fill nothing: what is found in May was not known in January.
with records as not materialized (
    select
        person_keys.person_id,
        coalesce(cast(right(census.academic_year, 4) as integer), census.file_year)
            as census_year,
        census.census,
        census.census_date as delivered_date,
        coalesce(on_roll_flag."group" = 'true', true) as is_on_roll,
        -- A year of birth and a month: completed years on 31 August before the census.
        coalesce(
            coalesce(cast(right(census.academic_year, 4) as integer), census.file_year) - 1
            - census.birth_year
            - if(census.birth_month between 1 and 12, if(census.birth_month >= 9, 1, 0), null),
            census.age_at_start
        ) as age,
        cast(codelist_nc_year."group" as integer) as nc_year,
        census.entry_date,
        census.school_urn,
        school.la_code as school_la_code,
        home.la_code as home_la_code,
        fsm_flag."group" = 'true' as is_fsm_eligible,
        codelist_sen_provision."group" as sen_group,
        codelist_sen_type."group" as sen_type,
        -- Ranks are of the small areas of their edition: geography/deprivation_indices.csv.
        coalesce(
            if(census.idaci_rank between 1 and 32844, (census.idaci_rank - 0.5) / 32844, null),
            if(
                census.idaci_rank_2001 between 1 and 32482,
                (census.idaci_rank_2001 - 0.5) / 32482, null
            )
        ) as more_deprived,
        cast(codelist_enrolment_status."group" as integer) as enrolment_rank,
        census.record_status
    from delivered_school_census as census
    inner join person_keys
        on person_keys.key_kind = 'pupil' and census.pupil_reference = person_keys.key
    left join codelist_nc_year on upper(census.nc_year) = codelist_nc_year.code
    left join codelist_flag as on_roll_flag on upper(census.on_roll) = on_roll_flag.code
    left join codelist_flag as fsm_flag on upper(census.fsm_eligible) = fsm_flag.code
    left join codelist_sen_provision
        on upper(census.sen_provision) = codelist_sen_provision.code
    left join codelist_sen_type on upper(census.sen_type) = codelist_sen_type.code
    left join codelist_enrolment_status
        on upper(census.enrolment_status) = codelist_enrolment_status.code
    left join local_authorities as school on census.school_la = school.raw_code
    left join local_authorities as home on census.home_la = home.raw_code
    where
        census.census in ('spring', 'plasc', 'pru', 'ap')
        and coalesce(census.academic_year, cast(census.file_year as varchar)) is not null
),

-- Few pupils have more than one record; only theirs are put in order, which is what costs.
several as (
    select
        person_keys.person_id,
        coalesce(cast(right(census.academic_year, 4) as integer), census.file_year)
            as census_year
    from delivered_school_census as census
    inner join person_keys
        on person_keys.key_kind = 'pupil' and census.pupil_reference = person_keys.key
    where census.census in ('spring', 'plasc', 'pru', 'ap')
    group by all
    having count(*) > 1
),

ordered as (
    select
        records.*,
        row_number() over (
            partition by records.person_id, records.census_year
            order by
                records.is_on_roll desc,
                list_position(['spring', 'plasc', 'pru', 'ap'], records.census),
                records.enrolment_rank nulls last, records.entry_date desc nulls last,
                records.school_urn nulls last, records
        ) as choice
    from records
    semi join several
        on records.person_id = several.person_id and records.census_year = several.census_year
),

-- The main record comes first; arg_min passes over what is missing.
chosen as (
    select
        * exclude (enrolment_rank, record_status)
    from records
    anti join several
        on records.person_id = several.person_id and records.census_year = several.census_year
    union all
    select
        person_id, census_year, first(census order by choice), arg_min(delivered_date, choice),
        first(is_on_roll order by choice), arg_min(age, choice), arg_min(nc_year, choice),
        first(entry_date order by choice), first(school_urn order by choice),
        first(school_la_code order by choice), arg_min(home_la_code, choice),
        arg_min(is_fsm_eligible, choice), arg_min(sen_group, choice), arg_min(sen_type, choice),
        arg_min(more_deprived, choice)
    from ordered
    group by person_id, census_year
)

select
    person_id,
    if(
        delivered_date between make_date(census_year - 1, 9, 1) and make_date(census_year, 8, 31),
        delivered_date,
        make_date(census_year, 1, 15)
        + cast((4 - isodow(make_date(census_year, 1, 15)) + 7) % 7 as integer)
    ) as census_date,
    census,
    coalesce(nc_year, if(age between 2 and 19, greatest(age - 4, -1), null)) as nc_year,
    is_on_roll, entry_date, school_urn, school_la_code, home_la_code, is_fsm_eligible, sen_group,
    sen_type, cast(1 - more_deprived as double) as idaci_ridit
from chosen
