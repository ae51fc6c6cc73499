-- Grain: one row per delivered table and rule that met a row of it.
-- Rows delivered are those kept, merged_… and dropped_…; noted_… are rows or offences among these.
with fates as (
    select
        'offences' as table_name,
        case
            when by_moj.person_id is not null or by_pupil.person_id is not null then 'used'
            when delivered.pupil_reference is null then 'dropped_without_any_pupil_reference'
            else 'dropped_pupil_reference_outside_the_spine'
        end as fate,
        delivered.pupil_reference is null as has_no_reference,
        by_moj.person_id != by_pupil.person_id as is_overruled,
        delivered.offence_date < date '1930-01-01' as has_sentinel,
        delivered.offence_age < 0 as has_negative_age
    from delivered_offences as delivered
    left join person_keys as by_moj
        on by_moj.key_kind = 'moj' and delivered.moj_id = by_moj.key
    left join person_keys as by_pupil
        on by_pupil.key_kind = 'pupil' and delivered.pupil_reference = by_pupil.key
),

rows_read as (
    select
        fate,
        count(*) as row_count,
        count(*) filter (where has_no_reference) as without_reference,
        count(*) filter (where is_overruled) as overruled,
        count(*) filter (where has_sentinel) as sentinels,
        count(*) filter (where has_negative_age) as negative_ages
    from fates
    group by fate
),

told_once as (
    select
        count(*) as disposals,
        sum(deliveries) - count(*) as repeats,
        count(*) filter (where is_undated) as undated
    from (
        select
            deliveries,
            max(coalesce(offence_date, disposal_date)) over (
                partition by
                    person_id, moj_id, case_id, offence_id,
                    if(offence_id is null, offence_date, null)
            ) is null as is_undated
        from disposals
    ) as marked
),

kept as (
    select
        count(*) as offences,
        count(*) filter (where not is_date_of_offence) as disposal_dated,
        count(*) filter (where is_before_birth) as before_birth,
        count(*) filter (where is_before_age_10) as before_age_10,
        count(*) filter (where is_after_disposal) as after_disposal,
        count(*) filter (where is_age_disputed) as age_disputed,
        count(*) filter (where may_be_activation) as activations
    from offences
),

counted as (
    select 'delivered' as rule, sum(row_count) as row_count from rows_read
    union all
    select fate, row_count from rows_read where fate != 'used'
    union all
    select 'merged_exact_repeat', repeats from told_once
    union all
    select 'dropped_without_any_date', undated from told_once
    union all
    select 'merged_disposal_of_one_offence', disposals - undated - offences
    from told_once cross join kept
    union all
    select 'kept', offences from kept
    union all
    select 'noted_pupil_reference_filled_by_justice_id', without_reference
    from rows_read where fate = 'used'
    union all
    select 'noted_pupil_reference_overruled_by_justice_id', sum(overruled) from rows_read
    union all
    select 'noted_date_of_1900', sum(sentinels) from rows_read
    union all
    select 'noted_negative_age_ignored', sum(negative_ages) from rows_read
    union all
    select 'noted_offence_dated_by_disposal', disposal_dated from kept
    union all
    select 'noted_offence_before_birth', before_birth from kept
    union all
    select 'noted_offence_before_age_10', before_age_10 from kept
    union all
    select 'noted_offence_after_disposal', after_disposal from kept
    union all
    select 'noted_recorded_age_contradicts_birth', age_disputed from kept
    union all
    select 'noted_custody_may_be_an_older_suspended_sentence', activations from kept
)

select 'offences' as table, rule, cast(row_count as bigint) as rows
from counted
where row_count > 0
