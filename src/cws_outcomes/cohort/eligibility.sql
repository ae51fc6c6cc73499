-- Grain: one row per person considered, with the number of the first criterion not met.
-- The criteria are those of criteria.py, in its order. Nothing dated after the index date decides,
-- but for the enrolment that is open on it.
with on_roll as (
    select distinct index_dates.person_id
    from index_dates
    inner join enrolments on index_dates.person_id = enrolments.person_id
    where
        enrolments.start_date <= index_dates.index_date
        and enrolments.end_date > index_dates.index_date
),

left_before as (
    select distinct index_dates.person_id
    from index_dates
    inner join exits on index_dates.person_id = exits.person_id
    where exits.exit_date <= index_dates.index_date
),

known_before_coverage as (
    select distinct person_id from contact_states
    where start_date < $children_in_need_start::date
),

-- Returns that the index LA did not make: whoever is not in them may have been in contact.
gaps as (
    select
        index_dates.person_id,
        bool_or(
            coverage_gaps.start_date <= index_dates.index_date
            and coverage_gaps.end_date > index_dates.look_back_start_date
        ) as is_in_look_back,
        min(coverage_gaps.start_date) filter (
            where coverage_gaps.start_date > index_dates.index_date
        ) as next_start_date
    from index_dates
    inner join index_authority on index_dates.person_id = index_authority.person_id
    inner join coverage_gaps
        on coalesce(coverage_gaps.la_code = index_authority.la_code, true)
    where coverage_gaps.source in ('children_in_need', 'care')
    group by index_dates.person_id
),

followed as (
    select
        index_dates.person_id,
        -- With the state of contact changing in follow-up, a gap ends the follow-up too.
        if(
            $is_entry,
            least(index_dates.last_date, gaps.next_start_date),
            index_dates.last_date
        ) as last_date,
        coalesce(gaps.is_in_look_back, false) as is_in_gap
    from index_dates
    left join gaps on index_dates.person_id = gaps.person_id
)

select
    index_dates.person_id,
    index_dates.index_date,
    index_dates.look_back_start_date,
    index_dates.birth_date,
    index_dates.birth_cohort,
    index_authority.la_code,
    followed.last_date,
    known_before_coverage.person_id is not null as is_left_truncated,
    cast(case
        when not index_dates.has_pupil_reference then 1
        when index_dates.birth_date is null then 2
        when index_dates.first_census_date is null then 3
        when not coalesce(
                index_dates.look_back_start_date
                >= greatest($children_in_need_start::date, $care_start::date)
                and index_dates.index_date < least($children_in_need_end::date, $care_end::date)
                and index_dates.index_date < followed.last_date
                and not followed.is_in_gap,
                false
            ) then 4
        when not $is_entry and on_roll.person_id is null then 5
        when left_before.person_id is not null then 6
        when index_authority.la_code is null then 7
    end as integer) as failed_step
from index_dates
inner join followed on index_dates.person_id = followed.person_id
left join index_authority on index_dates.person_id = index_authority.person_id
left join on_roll on index_dates.person_id = on_roll.person_id
left join left_before on index_dates.person_id = left_before.person_id
left join known_before_coverage on index_dates.person_id = known_before_coverage.person_id
