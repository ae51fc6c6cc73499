-- Grain: one row per person and measure.
-- Key stage 2: level 4 or above was expected to 2014/15, the expected standard since; a code
-- without a level (absent, below the test) counts as not reached. Key stage 4: of each year its own
-- rules of counting, as for grades in English and mathematics. A blank says nothing.
with levels as (
    select
        pupil_reference, national_results,
        cast(right(academic_year, 4) as integer) as year_ending,
        unnest(['english_expected', 'reading_expected', 'maths_expected']) as measure,
        unnest([coalesce(english_level, reading_level), reading_level, maths_level]) as result
    from delivered_key_stage_2
    where year_ending <= 2015
),

flags as (
    select
        pupil_reference, national_results,
        cast(right(academic_year, 4) as integer) as year_ending,
        unnest(['reading_expected', 'writing_expected', 'maths_expected']) as measure,
        unnest([reading_expected, writing_expected, maths_expected]) as result
    from delivered_key_stage_2
    where year_ending >= 2016 and year_ending not in (2020, 2021)
    union all
    select
        pupil_reference, national_results, cast(right(academic_year, 4) as integer) as year_ending,
        unnest(['level_2_english_maths', 'level_1_english_maths', 'any_pass']),
        unnest([
            -- The headline measure of the year and no other.
            case
                when year_ending >= 2017 then level_2_2017
                when year_ending >= 2015 then level_2_2015
                when year_ending = 2014 then basics_2014
                else basics_2002
            end,
            level_1,
            any_pass
        ])
    from delivered_key_stage_4
),

read_off as (
    select
        levels.* exclude (result),
        coalesce(cast(codes."group" as integer) >= 27, false) as was_reached
    from levels
    inner join codelist_key_stage_2_level as codes on upper(levels.result) = codes.code
    union all
    select flags.* exclude (result), codes."group" = 'true'
    from flags
    inner join codelist_flag as codes on upper(flags.result) = codes.code
),

results as (
    select
        person_keys.person_id,
        read_off.measure,
        read_off.year_ending,
        coalesce(national."group" = 'true', false) as is_national,
        read_off.was_reached
    from read_off
    inner join person_keys
        on person_keys.key_kind = 'pupil' and read_off.pupil_reference = person_keys.key
    left join codelist_flag as national on upper(read_off.national_results) = national.code
    where read_off.year_ending is not null
),

with_all_three as (
    select * from results
    union all
    select
        person_id, 'key_stage_2_expected', year_ending, is_national,
        bool_and(was_reached)
    from results
    where
        measure in ('reading_expected', 'writing_expected', 'maths_expected')
        and year_ending >= 2016
    group by person_id, year_ending, is_national
    having count(distinct measure) = 3
)

select
    person_id,
    measure,
    first(year_ending order by is_national desc, was_reached desc, year_ending) as year_ending,
    first(was_reached order by is_national desc, was_reached desc) as was_reached
from with_all_three
group by person_id, measure
