-- Grain: one row per rule that met a row of exclusions.
-- What became of every delivered row: rows delivered are those kept, merged_… and dropped_…;
-- noted_… are rows among these. One pass; rows are told apart by a hash of 64 bits.
with delivered as (
    select
        person_keys.person_id, exclusions_sent.*, codelist_exclusion_category."group" as kind
    from delivered_exclusions as exclusions_sent
    left join person_keys
        on person_keys.key_kind = 'pupil' and exclusions_sent.pupil_reference = person_keys.key
    left join codelist_exclusion_category
        on upper(exclusions_sent.category) = codelist_exclusion_category.code
),

fates as (
    select
        case
            when pupil_reference is null then 'dropped_without_pupil_reference'
            when person_id is null then 'dropped_without_person'
            -- Of a wide table: a pupil without any slot in use.
            when kind is null then 'dropped_no_exclusion_in_row'
            when start_date is null then 'dropped_without_start_date'
            when start_date < date '2001-09-01' then 'dropped_impossible_start_date'
            else 'used'
        end as fate,
        count(*) as row_count,
        count(distinct hash(delivered)) as distinct_rows,
        count(*) filter (
            where kind = 'permanent' and start_date is null
        ) as permanent_without_date,
        count(*) filter (where year(start_date + to_months(4)) <> file_year) as date_out_of_year
    from delivered
    group by fate
),

counted as (
    select 'delivered' as rule, sum(row_count) as row_count from fates
    union all
    select fate, row_count from fates where fate <> 'used'
    union all
    select 'dropped_exact_repeat', row_count - distinct_rows from fates where fate = 'used'
    union all
    select 'merged_same_day_and_kind', distinct_rows - (select count(*) from exclusions)
    from fates where fate = 'used'
    union all
    select 'kept', count(*) from exclusions
    union all
    select 'noted_permanent_without_start_date', sum(permanent_without_date) from fates
    union all
    select 'noted_start_date_out_of_year', sum(date_out_of_year) from fates
)

select 'exclusions' as table, rule, cast(row_count as bigint) as rows
from counted
where row_count <> 0
