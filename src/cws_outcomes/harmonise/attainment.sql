-- Grain: one row per person and measure.
-- Of several rows of one pupil those in national results come first, then the best, then the
-- earliest. Key stage 2 scores are standardised within the year: sums are decimal, so that the
-- result does not depend on the order in which threads add. Test marks go before average points,
-- each standardised by itself: pupils who sat no test have points only, on another scale.
with key_stage_2 as (
    select
        person_keys.person_id,
        cast(right(delivered.academic_year, 4) as integer) as year_ending,
        coalesce(flag."group" = 'true', false) as is_national,
        unnest([1, 2]) as scale,
        cast(unnest([
            delivered.reading_mark + delivered.maths_mark, delivered.average_points
        ]) as decimal(18, 4)) as score
    from delivered_key_stage_2 as delivered
    inner join person_keys
        on person_keys.key_kind = 'pupil' and delivered.pupil_reference = person_keys.key
    left join codelist_flag as flag on upper(delivered.national_results) = flag.code
),

key_stage_2_chosen as (
    select
        person_id, scale,
        first(year_ending order by is_national desc, score desc, year_ending) as year_ending,
        first(score order by is_national desc, score desc, year_ending) as score
    from key_stage_2
    where score is not null and year_ending is not null
    group by person_id, scale
),

moments as (
    select
        year_ending, scale,
        count(*) as pupils,
        cast(sum(score) as double) as total,
        cast(sum(cast(score * score as decimal(28, 4))) as double) as total_of_squares
    from key_stage_2_chosen
    group by year_ending, scale
),

spread as (
    select
        year_ending, scale,
        total / pupils as mean,
        sqrt(greatest((total_of_squares - total * total / pupils) / (pupils - 1), 0)) as sd
    from moments
    where pupils > 1
),

standardised as (
    select
        chosen.person_id,
        first(chosen.year_ending order by chosen.scale) as year_ending,
        first(
            round((cast(chosen.score as double) - spread.mean) / spread.sd, 6)
            order by chosen.scale
        ) as value
    from key_stage_2_chosen as chosen
    inner join spread on chosen.year_ending = spread.year_ending and chosen.scale = spread.scale
    where spread.sd > 0
    group by chosen.person_id
),

key_stage_4 as (
    select
        person_keys.person_id,
        cast(right(delivered.academic_year, 4) as integer) as year_ending,
        coalesce(flag."group" = 'true', false) as is_national,
        -- The headline measure of the year: rules changed in 2014/15, 2015/16 and 2016/17.
        case
            when cast(right(delivered.academic_year, 4) as integer) >= 2017
                then delivered.basics_2017
            when cast(right(delivered.academic_year, 4) as integer) = 2016
                then delivered.basics_2016
            else delivered.basics_2015
        end as basics,
        delivered.attainment_8
    from delivered_key_stage_4 as delivered
    inner join person_keys
        on person_keys.key_kind = 'pupil' and delivered.pupil_reference = person_keys.key
    left join codelist_flag as flag on upper(delivered.national_results) = flag.code
),

key_stage_4_chosen as (
    select person_id, year_ending, basics, attainment_8
    from key_stage_4
    where year_ending is not null
    qualify
        row_number() over (
            partition by person_id
            order by
                is_national desc, basics desc nulls last, year_ending,
                attainment_8 desc nulls last
        ) = 1
)

select
    person_id,
    'key_stage_2' as measure,
    make_date(year_ending, 8, 31) as result_date,
    value
from standardised
union all
select
    chosen.person_id,
    'english_maths' as measure,
    make_date(chosen.year_ending, 8, 31) as result_date,
    cast(if(codelist_flag."group" = 'true', 1.0, 0.0) as double) as value
from key_stage_4_chosen as chosen
inner join codelist_flag on upper(chosen.basics) = codelist_flag.code
union all
select
    person_id,
    'attainment_8' as measure,
    make_date(year_ending, 8, 31) as result_date,
    attainment_8 as value
from key_stage_4_chosen
where attainment_8 is not null
