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
        -- Whoever was seen had entered: a later entry is not trusted (least passes over nulls).
        least(min(entry_date), min(census_date)) as entered_date,
        min(census_date) as first_census,
        max(census_date) as last_census
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
                then greatest(entered_date, make_date(year(first_census) - 1, 9, 1))
            else greatest(entered_date, last_seen_before + 1)
        end as start_date
    from followed
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
