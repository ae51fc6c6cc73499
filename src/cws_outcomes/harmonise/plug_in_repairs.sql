-- Grain: one row per optional justice table and rule that met a row of it.
-- Rows delivered are those kept, merged_… and dropped_….
with fates as (
    select
        'prison' as table_name,
        case
            when by_moj.person_id is null and by_pupil.person_id is null
                then 'dropped_without_person'
            when coalesce(delivered.start_date < date '1930-01-01', true)
                then 'dropped_without_start'
            when delivered.end_date between date '1930-01-01' and delivered.start_date - 1
                then 'dropped_end_before_start'
            else 'used'
        end as fate
    from delivered_prison as delivered
    left join person_keys as by_moj
        on by_moj.key_kind = 'moj' and delivered.moj_id = by_moj.key
    left join person_keys as by_pupil
        on by_pupil.key_kind = 'pupil' and delivered.pupil_reference = by_pupil.key
    union all
    select
        'court' as table_name,
        case
            when by_moj.person_id is null and by_pupil.person_id is null
                then 'dropped_without_person'
            when coalesce(delivered.appearance_date < date '1930-01-01', true)
                then 'dropped_without_start'
            else 'used'
        end as fate
    from delivered_court as delivered
    left join person_keys as by_moj
        on by_moj.key_kind = 'moj' and delivered.moj_id = by_moj.key
    left join person_keys as by_pupil
        on by_pupil.key_kind = 'pupil' and delivered.pupil_reference = by_pupil.key
    union all
    select
        'probation' as table_name,
        case
            when by_moj.person_id is null and by_pupil.person_id is null
                then 'dropped_without_person'
            when coalesce(delivered.start_date < date '1930-01-01', true)
                then 'dropped_without_start'
            when delivered.end_date between date '1930-01-01' and delivered.start_date - 1
                then 'dropped_end_before_start'
            else 'used'
        end as fate
    from delivered_probation as delivered
    left join person_keys as by_moj
        on by_moj.key_kind = 'moj' and delivered.moj_id = by_moj.key
    left join person_keys as by_pupil
        on by_pupil.key_kind = 'pupil' and delivered.pupil_reference = by_pupil.key
),

kept as (
    select 'prison' as table_name, count(*) as row_count from custody_stays
    union all
    select 'court' as table_name, count(*) as row_count from court_appearances
    union all
    select 'probation' as table_name, count(*) as row_count from probation_orders
),

counted as (
    select table_name, 'delivered' as rule, count(*) as row_count from fates group by table_name
    union all
    select table_name, fate as rule, count(*) as row_count from fates
    where fate != 'used'
    group by table_name, fate
    union all
    select table_name, 'kept' as rule, row_count from kept
    union all
    select used.table_name, 'merged_into_one_of_that_day' as rule, used.row_count - kept.row_count
    from (
        select table_name, count(*) as row_count from fates where fate = 'used' group by table_name
    ) as used
    inner join kept on used.table_name = kept.table_name
)

select table_name as table, rule, row_count as rows
from counted
where row_count > 0
