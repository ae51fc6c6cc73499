-- Grain: one row per person and measure.
-- Of several years those in national results come first, then the best, then the earliest. Scores
-- are standardised within measure, scale and year: sums are decimal, so that the result does not
-- depend on the order in which threads add. A pupil's first scale is used.
with chosen_scores as (
    select
        person_id, measure, scale,
        first(year_ending order by is_national desc, score desc, year_ending) as year_ending,
        cast(
            first(score order by is_national desc, score desc, year_ending) as decimal(18, 4)
        ) as score
    from stage_scores
    group by person_id, measure, scale
),

moments as (
    select
        measure, scale, year_ending,
        count(*) as pupils,
        cast(sum(score) as double) as total,
        cast(sum(cast(score * score as decimal(28, 4))) as double) as total_of_squares
    from chosen_scores
    group by measure, scale, year_ending
),

spread as (
    select
        measure, scale, year_ending,
        total / pupils as mean,
        sqrt(greatest((total_of_squares - total * total / pupils) / (pupils - 1), 0)) as sd
    from moments
    where pupils > 1
),

standardised as (
    select
        chosen_scores.person_id,
        chosen_scores.measure,
        first(chosen_scores.year_ending order by chosen_scores.scale) as year_ending,
        first(
            if(
                chosen_scores.measure = 'good_level',
                cast(chosen_scores.score as double),
                round((cast(chosen_scores.score as double) - spread.mean) / spread.sd, 6)
            )
            order by chosen_scores.scale
        ) as value
    from chosen_scores
    left join spread
        on
            chosen_scores.measure = spread.measure
            and chosen_scores.scale = spread.scale
            and chosen_scores.year_ending = spread.year_ending
    where spread.sd > 0 or chosen_scores.measure = 'good_level'
    group by chosen_scores.person_id, chosen_scores.measure
),

key_stage_4 as (
    select
        person_keys.person_id,
        cast(right(delivered.academic_year, 4) as integer) as year_ending,
        coalesce(flag."group" = 'true', false) as is_national,
        -- The headline measure of the year and no other: rules of counting and grades changed. Five
        -- good passes with both stand in where an extract has no measure of the two alone.
        case
            when year_ending >= 2017 then coalesce(delivered.basics_2017, delivered.level_2_2017)
            when year_ending = 2016 then delivered.basics_2016
            when year_ending = 2015 then coalesce(delivered.basics_2015, delivered.level_2_2015)
            when year_ending = 2014 then delivered.basics_2014
            else delivered.basics_2002
        end as basics,
        delivered.attainment_8
    from delivered_key_stage_4 as delivered
    inner join person_keys
        on person_keys.key_kind = 'pupil' and delivered.pupil_reference = person_keys.key
    left join codelist_flag as flag on upper(delivered.national_results) = flag.code
    where delivered.academic_year is not null
),

key_stage_4_chosen as (
    select
        key_stage_4.person_id, key_stage_4.year_ending, key_stage_4.attainment_8,
        codelist_flag."group" = 'true' as has_basics
    from key_stage_4
    left join codelist_flag on upper(key_stage_4.basics) = codelist_flag.code
    qualify
        row_number() over (
            partition by person_id
            order by
                is_national desc, has_basics desc nulls last, year_ending,
                attainment_8 desc nulls last
        ) = 1
),

results as (
    select person_id, measure, year_ending, value from standardised
    union all
    select person_id, 'english_maths', year_ending, if(has_basics, 1, 0)
    from key_stage_4_chosen
    where has_basics is not null
    union all
    select person_id, 'attainment_8', year_ending, attainment_8
    from key_stage_4_chosen
    where attainment_8 is not null
    union all
    select person_id, measure, year_ending, if(was_reached, 1, 0) from standards_reached
)

select
    person_id,
    measure,
    make_date(year_ending, 8, 31) as result_date,
    cast(value as double) as value,
    -- Grades of schools in place of exams, in 2020 (centres) and 2021 (teachers).
    year_ending not in (2020, 2021)
    or measure not in (
        'english_maths', 'attainment_8', 'best_8_points', 'key_stage_5', 'level_2_english_maths',
        'level_1_english_maths', 'any_pass'
    ) as is_comparable
from results
