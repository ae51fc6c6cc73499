-- Grain: one row per person and spring census: the main record.
-- Order of choice: on roll, then current, then main registration, then the latest entry.
with records as (
    select
        person_keys.person_id,
        census.file_year,
        -- Spring census day is the third Thursday of January.
        make_date(census.file_year, 1, 15)
        + cast(
            (4 - isodow(make_date(census.file_year, 1, 15)) + 7) % 7 as integer
        ) as census_date,
        cast(codelist_nc_year."group" as integer) as nc_year,
        coalesce(on_roll_flag."group" = 'true', true) as is_on_roll,
        census.entry_date,
        census.school_urn,
        school.la_code as school_la_code,
        home.la_code as home_la_code,
        fsm_flag."group" = 'true' as is_fsm_eligible,
        codelist_sen_provision."group" as sen_group,
        -- Small areas below this one in deprivation, as a share of England's 32,844 (2011).
        -- Not by least and greatest alone, which pass over what is missing.
        if(
            census.idaci_rank is null,
            null,
            least(1.0, greatest(0.0, 1 - (census.idaci_rank - 0.5) / 32844))
        ) as idaci_ridit,
        cast(codelist_enrolment_status."group" as integer) as enrolment_rank
    from delivered_school_census as census
    inner join person_keys
        on person_keys.key_kind = 'pupil' and census.pupil_reference = person_keys.key
    left join codelist_nc_year on upper(census.nc_year) = codelist_nc_year.code
    left join codelist_flag as on_roll_flag on upper(census.on_roll) = on_roll_flag.code
    left join codelist_flag as fsm_flag on upper(census.fsm_eligible) = fsm_flag.code
    left join codelist_sen_provision
        on upper(census.sen_provision) = codelist_sen_provision.code
    left join codelist_enrolment_status
        on upper(census.enrolment_status) = codelist_enrolment_status.code
    left join local_authorities as school on census.school_la = school.raw_code
    left join local_authorities as home on census.home_la = home.raw_code
),

ranked as (
    select
        *,
        row_number() over (
            partition by person_id, census_date
            order by
                is_on_roll desc, enrolment_rank nulls last, entry_date desc nulls last,
                school_urn nulls last, records
        ) as choice
    from records
)

select
    person_id, census_date, nc_year, is_on_roll, entry_date, school_urn, school_la_code,
    home_la_code, is_fsm_eligible, sen_group, cast(idaci_ridit as double) as idaci_ridit
from ranked
where choice = 1
