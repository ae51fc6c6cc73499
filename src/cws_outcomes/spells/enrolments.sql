-- Grain: one row per person and unbroken time on the roll of one school.
with years as (
    select
        person_id, census_date, school_urn, entry_date,
        lag(school_urn) over (partition by person_id order by census_date) as previous_urn,
        lag(census_date) over (partition by person_id order by census_date) as previous_census
    from school_years
    where is_on_roll
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
            partition by person_id order by census_date
            rows between unbounded preceding and current row
        ) as enrolment_no
    from years
),

joined as (
    select
        person_id,
        enrolment_no,
        min(school_urn) as school_urn,
        -- Entry is trusted when it is not after the first census seen.
        coalesce(
            min(entry_date) filter (where entry_date <= census_date), min(census_date)
        ) as entered_date,
        min(census_date) as first_census,
        max(census_date) as last_census
    from numbered
    group by person_id, enrolment_no
),

placed as (
    select
        *,
        greatest(
            entered_date,
            coalesce(
                lag(last_census) over (partition by person_id order by enrolment_no)
                + cast(1 as integer),
                entered_date
            )
        ) as start_date
    from joined
)

select
    person_id,
    start_date,
    least(
        make_date(year(last_census), 9, 1),
        coalesce(
            lead(start_date) over (partition by person_id order by enrolment_no),
            make_date(year(last_census), 9, 1)
        )
    ) as end_date,
    school_urn
from placed
