-- Grain: one row per person, measure, scale and year: the best score.
-- Scales of a measure are not mixed: each is standardised by itself and the first one found is
-- used. Key stage 2: test marks, then points, of the pupil file; then marks, then points, of the
-- exam file. No tests of key stage 1 and 2 were held in 2020 and 2021.
with exams as (
    select
        pupil_reference,
        academic_year,
        max(mark) filter (where subject.group = 'maths') as maths,
        max(mark) filter (where subject.group = 'reading') as reading,
        max(mark) filter (where subject.group = 'english') as english,
        max(coalesce(points, cast(level.group as double))) filter (where subject.group = 'maths')
            as maths_points,
        -- English in one until 2012, reading by itself since.
        max(coalesce(points, cast(level.group as double))) filter (
            where subject.group in ('english', 'reading')
        ) as english_points
    from delivered_key_stage_2_exams as delivered
    inner join codelist_key_stage_2_subject as subject on delivered.subject = subject.code
    left join codelist_key_stage_2_level as level on upper(delivered.level) = level.code
    group by pupil_reference, academic_year
),

scores as (
    select
        pupil_reference, academic_year, 'early_years' as measure, 1 as scale, true as is_national,
        scale_01 + scale_02 + scale_03 + scale_04 + scale_05 + scale_06 + scale_07 + scale_08
        + scale_09 + scale_10 + scale_11 + scale_12 + scale_13 as score
    from delivered_early_years
    union all
    select
        pupil_reference, academic_year, 'good_level', 1, true,
        if(codelist_flag."group" = 'true', 1, 0)
    from delivered_early_years
    inner join codelist_flag on upper(good_level) = codelist_flag.code
    union all
    select
        pupil_reference, academic_year, 'key_stage_1', 1, true,
        cast(reading.group as integer) + cast(writing.group as integer)
        + cast(maths.group as integer)
    from delivered_key_stage_1 as delivered
    inner join codelist_key_stage_1_result as reading
        on upper(coalesce(delivered.reading_outcome, delivered.reading_level)) = reading.code
    inner join codelist_key_stage_1_result as writing
        on upper(coalesce(delivered.writing_outcome, delivered.writing_level)) = writing.code
    inner join codelist_key_stage_1_result as maths
        on upper(coalesce(delivered.maths_outcome, delivered.maths_level)) = maths.code
    where right(academic_year, 4) not in ('2020', '2021')
    union all
    select
        pupil_reference, academic_year, 'key_stage_2', unnest([1, 2]),
        coalesce(codelist_flag."group" = 'true', false),
        unnest([
            delivered.reading_mark + delivered.maths_mark,
            coalesce(
                delivered.average_points,
                (cast(reading.group as double) + cast(maths.group as double)) / 2
            )
        ])
    from delivered_key_stage_2 as delivered
    left join codelist_flag on upper(delivered.national_results) = codelist_flag.code
    left join codelist_key_stage_2_level as reading
        on upper(delivered.reading_level) = reading.code
    left join codelist_key_stage_2_level as maths on upper(delivered.maths_level) = maths.code
    where right(academic_year, 4) not in ('2020', '2021')
    union all
    select
        pupil_reference, academic_year, 'key_stage_2', unnest([3, 4, 5]), false,
        unnest([reading + maths, english + maths, (english_points + maths_points) / 2])
    from exams
    where right(academic_year, 4) not in ('2020', '2021')
    union all
    select
        pupil_reference, academic_year, 'best_8_points', 1,
        coalesce(codelist_flag."group" = 'true', false), best_8_points
    from delivered_key_stage_4
    left join codelist_flag on upper(national_results) = codelist_flag.code
    union all
    select pupil_reference, academic_year, 'key_stage_5', 1, true, a_level_points
    from delivered_key_stage_5
)

select
    person_keys.person_id,
    scores.measure,
    scores.scale,
    cast(right(scores.academic_year, 4) as integer) as year_ending,
    first(scores.is_national order by scores.is_national desc, scores.score desc) as is_national,
    round(first(scores.score order by scores.is_national desc, scores.score desc), 4) as score
from scores
inner join person_keys
    on person_keys.key_kind = 'pupil' and scores.pupil_reference = person_keys.key
where scores.score is not null and scores.academic_year is not null
group by all
