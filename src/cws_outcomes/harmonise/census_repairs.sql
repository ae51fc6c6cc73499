-- Grain: one row per rule that met a row of school_census.
-- What became of every delivered row: rows delivered are those kept, merged_… and dropped_…;
-- noted_… are rows among these. One pass; rows are told apart by a hash of 64 bits.
with delivered as (
    select
        person_keys.person_id,
        census.*,
        coalesce(cast(right(census.academic_year, 4) as integer), census.file_year) as census_year
    from delivered_school_census as census
    left join person_keys
        on person_keys.key_kind = 'pupil' and census.pupil_reference = person_keys.key
),

fates as (
    select
        case
            when pupil_reference is null then 'dropped_without_pupil_reference'
            when person_id is null then 'dropped_without_person'
            when census_year is null then 'dropped_without_census_year'
            when census = 'summer' and census_year = 2020 then 'dropped_census_not_held'
            else 'used'
        end as fate,
        count(*) as row_count,
        count(distinct hash(delivered)) as distinct_rows,
        count(*) filter (where coalesce(upper(nc_year), 'X') in ('X', 'M')) as nc_year_by_age,
        count(*) filter (
            where idaci_rank not between 1 and 32844 or idaci_rank_2001 not between 1 and 32482
        ) as rank_out_of_range,
        count(*) filter (
            where census_date not between
            make_date(census_year - 1, 9, 1) and make_date(census_year, 8, 31)
        ) as date_out_of_year,
        count(*) filter (where birth_month not between 1 and 12) as birth_month_out_of_range
    from delivered
    group by fate
),

kept as (
    select
        (select count(*) from school_years) + (select count(*) from term_censuses) as all_records,
        (select count(*) from school_years where census in ('pru', 'ap')) as outside_school
),

counted as (
    select 'delivered' as rule, sum(row_count) as row_count from fates
    union all
    select fate, row_count from fates where fate <> 'used'
    union all
    select 'dropped_exact_repeat', row_count - distinct_rows from fates where fate = 'used'
    union all
    select 'merged_into_main_record', distinct_rows - all_records
    from fates cross join kept where fate = 'used'
    union all
    select 'kept', all_records from kept
    union all
    select 'noted_main_record_of_pru_or_ap', outside_school from kept
    union all
    select 'noted_curriculum_year_by_age', sum(nc_year_by_age) from fates
    union all
    select 'noted_idaci_rank_out_of_range', sum(rank_out_of_range) from fates
    union all
    select 'noted_census_date_out_of_year', sum(date_out_of_year) from fates
    union all
    select 'noted_birth_month_out_of_range', sum(birth_month_out_of_range) from fates
)

select 'school_census' as table, rule, cast(row_count as bigint) as rows
from counted
where row_count <> 0
