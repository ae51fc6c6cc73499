-- Grain: one row per person and unbroken time on the roll of one school.
-- A school is left when another is entered, or at the end of the last academic year in which it
-- lists the pupil. Censuses of summer and autumn, where delivered, tell schools between springs.
with sightings as (
    select person_id, census_date, school_urn, entry_date
    from school_years
    where is_on_roll
    union all
    select person_id, census_date, school_urn, entry_date
    from term_censuses
    where is_on_roll
),

years as (
    select
        person_id, census_date, school_urn, entry_date,
        lag(school_urn) over (
            partition by person_id order by census_date, school_urn
        ) as previous_urn,
        lag(census_date) over (
            partition by person_id order by census_date, school_urn
        ) as previous_census
    from sightings
),

numbered as (
    select
        *,
        count(*) filter (
            where previous_census is null
            or school_urn is distinct from previous_urn
            -- A census a year or more later than the next: a year off roll lies between.
            or census_date - previous_census > 400
        ) over (
            partition by person_id order by census_date, school_urn
            rows between unbounded preceding and current row
        ) as enrolment_no
    from years
),

joined as (
    select
        person_id,
        enrolment_no,
        min(school_urn) as school_urn,
        -- Whoever was seen had entered: a later entry is not trusted (least passes over nulls).
        least(min(entry_date), min(census_date)) as entered_date,
        min(census_date) as first_census,
        max(census_date) as last_census,
        -- The first of September after the last census.
        make_date(cast(year(max(census_date) + to_months(4)) as integer), 9, 1) as leaving_date
    from numbered
    group by person_id, enrolment_no
),

followed as (
    select
        *,
        lag(last_census) over (partition by person_id order by enrolment_no) as last_seen_before
    from joined
),

placed as (
    select
        *,
        case
            when last_seen_before is null then entered_date
            -- After a year off roll an older entry is the one of the time before.
            when first_census - last_seen_before > 400
                then greatest(
                        entered_date,
                        make_date(cast(year(first_census + to_months(4)) as integer) - 1, 9, 1)
                    )
            else greatest(entered_date, last_seen_before + 1)
        end as start_date
    from followed
)

select
    person_id,
    start_date,
    least(
        leaving_date,
        coalesce(lead(start_date) over (partition by person_id order by enrolment_no), leaving_date)
    ) as end_date,
    school_urn
from placed
