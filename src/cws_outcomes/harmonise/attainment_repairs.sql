-- Grain: one row per delivered table of a stage and rule that met a row.
-- What became of every delivered row: rows delivered are those kept, merged_… and dropped_….
-- Kept is one row a person and table, a person and subject of the exam file: the other years of a
-- pupil who sat a stage again are merged into the best. Rows are told apart by hashes of 64 bits.
with delivered as (
    select
        'early_years' as source, pupil_reference, academic_year, '' as subject,
        hash(delivered_early_years) as row_hash, false as has_gap_years,
        coalesce(
            good_level,
            cast(
                scale_01 + scale_02 + scale_03 + scale_04 + scale_05 + scale_06 + scale_07
                + scale_08 + scale_09 + scale_10 + scale_11 + scale_12 + scale_13 as varchar
            )
        ) is not null as has_result
    from delivered_early_years
    union all
    select
        'key_stage_1', pupil_reference, academic_year, '', hash(delivered_key_stage_1), true,
        coalesce(reading_outcome, reading_level) is not null
        and coalesce(writing_outcome, writing_level) is not null
        and coalesce(maths_outcome, maths_level) is not null
    from delivered_key_stage_1
    union all
    select
        'key_stage_2', pupil_reference, academic_year, '', hash(delivered_key_stage_2), true,
        coalesce(reading_mark + maths_mark, average_points) is not null
        or coalesce(
            reading_level, maths_level, english_level, reading_expected, writing_expected,
            maths_expected
        ) is not null
    from delivered_key_stage_2
    union all
    select
        'key_stage_2_exams', pupil_reference, academic_year, coalesce(subject, ''),
        hash(delivered_key_stage_2_exams),
        true,
        subject in ('9981', '9982', '9984')
        and coalesce(mark, points, length(level)) is not null
    from delivered_key_stage_2_exams
    union all
    select
        'key_stage_4', pupil_reference, academic_year, '', hash(delivered_key_stage_4), false,
        coalesce(
            basics_2002, basics_2014, basics_2015, basics_2016, basics_2017, level_2_2015,
            level_2_2017, level_1, any_pass,
            cast(attainment_8 as varchar), cast(best_8_points as varchar)
        ) is not null
    from delivered_key_stage_4
    union all
    select
        'key_stage_5', pupil_reference, academic_year, '', hash(delivered_key_stage_5), false,
        a_level_points is not null
    from delivered_key_stage_5
),

fates as (
    select
        source,
        case
            when pupil_reference is null then 'dropped_without_pupil_reference'
            when person_keys.person_id is null then 'dropped_without_person'
            when academic_year is null then 'dropped_without_academic_year'
            when has_gap_years and right(academic_year, 4) in ('2020', '2021')
                then 'dropped_year_without_tests'
            when has_result then 'used'
            else 'dropped_without_result'
        end as fate,
        count(*) as row_count,
        count(distinct row_hash) as distinct_rows,
        count(distinct hash(person_keys.person_id, subject)) as kept
    from delivered
    left join person_keys
        on person_keys.key_kind = 'pupil' and delivered.pupil_reference = person_keys.key
    group by source, fate
),

counted as (
    select source, 'delivered' as rule, sum(row_count) as row_count from fates group by source
    union all
    select source, fate, row_count from fates where fate <> 'used'
    union all
    select source, 'dropped_exact_repeat', row_count - distinct_rows
    from fates where fate = 'used'
    union all
    select source, 'merged_into_best', distinct_rows - kept from fates where fate = 'used'
    union all
    select source, 'kept', kept from fates where fate = 'used'
)

select source as table, rule, cast(row_count as bigint) as rows
from counted
where row_count <> 0
