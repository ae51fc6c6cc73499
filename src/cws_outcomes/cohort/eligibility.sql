-- Grain: one row per person considered, with the number of the first criterion not met.
-- The criteria are those of criteria.py, in its order. Nothing dated after the index date decides,
-- but for the enrolment that is open on it.
with births as (
    select
        people.person_id,
        people.has_pupil_reference,
        people.birth_date,
        people.birth_cohort,
        people.birth_date + to_years(cast($age_years as integer)) as birthday
    from people
),

first_census as (
    select person_id, min(census_date) as first_census_date
    from school_years
    where is_on_roll
    group by person_id
),

dated as (
    select
        births.*,
        first_census.first_census_date,
        if(
            $is_entry,
            greatest(
                cast(birthday as date), first_census_date, $children_in_need_start::date,
                $care_start::date
            ),
            cast(birthday as date)
        ) as index_date,
        case $until
            when '18th_birthday' then cast(birth_date + to_years(18) as date)
            when 'end_of_year_11' then make_date(birth_cohort + 17, 9, 1)
            when 'end_of_year_13' then make_date(birth_cohort + 19, 9, 1)
        end as longest_date
    from births
    left join first_census on births.person_id = first_census.person_id
),

windows as (
    select
        *,
        cast(index_date - to_months(cast($look_back_months as integer)) as date)
            as look_back_start_date,
        -- With the state of contact changing in follow-up, its coverage ends the follow-up too.
        if(
            $is_entry,
            least(
                longest_date, $children_in_need_end::date, $care_end::date, $offences_end::date
            ),
            longest_date
        ) as last_date
    from dated
),

-- The LA of the open care record, else of the open plan or case, else of the last census home.
open_records as (
    select
        windows.person_id, 1 as choice, care_episodes.start_date, care_episodes.la_code
    from windows
    inner join care_episodes on windows.person_id = care_episodes.person_id
    where
        care_episodes.start_date <= windows.index_date
        and coalesce(care_episodes.end_date > windows.index_date, true)
    union all
    select windows.person_id, 2 as choice, plans.start_date, plans.la_code
    from windows
    inner join plans on windows.person_id = plans.person_id
    where
        plans.start_date <= windows.index_date
        and coalesce(plans.end_date > windows.index_date, true)
    union all
    select windows.person_id, 2 as choice, referrals.referral_date as start_date,
        referrals.la_code
    from windows
    inner join referrals on windows.person_id = referrals.person_id
    where
        referrals.referral_date <= windows.index_date
        and coalesce(referrals.closure_date > windows.index_date, true)
    union all
    select windows.person_id, 3 as choice, school_years.census_date as start_date,
        school_years.home_la_code as la_code
    from windows
    inner join school_years on windows.person_id = school_years.person_id
    where
        school_years.census_date <= windows.index_date
        and school_years.home_la_code is not null
),

index_authority as (
    select person_id, first(la_code order by choice, start_date desc, la_code) as la_code
    from open_records
    group by person_id
),

on_roll as (
    select distinct windows.person_id
    from windows
    inner join enrolments on windows.person_id = enrolments.person_id
    where
        enrolments.start_date <= windows.index_date and enrolments.end_date > windows.index_date
),

left_before as (
    select distinct windows.person_id
    from windows
    inner join exits on windows.person_id = exits.person_id
    where exits.exit_date <= windows.index_date
),

known_before_coverage as (
    select distinct person_id from contact_states
    where start_date < $children_in_need_start::date
)

select
    windows.person_id,
    windows.index_date,
    windows.look_back_start_date,
    windows.birth_date,
    windows.birth_cohort,
    index_authority.la_code,
    windows.last_date,
    known_before_coverage.person_id is not null as is_left_truncated,
    cast(case
        when not windows.has_pupil_reference then 1
        when windows.birth_date is null then 2
        when windows.first_census_date is null then 3
        when not coalesce(
            windows.look_back_start_date
            >= greatest($children_in_need_start::date, $care_start::date)
            and windows.index_date < least($children_in_need_end::date, $care_end::date)
            and windows.index_date < windows.last_date,
            false
        ) then 4
        when not $is_entry and on_roll.person_id is null then 5
        when left_before.person_id is not null then 6
        when index_authority.la_code is null then 7
    end as integer) as failed_step
from windows
left join index_authority on windows.person_id = index_authority.person_id
left join on_roll on windows.person_id = on_roll.person_id
left join left_before on windows.person_id = left_before.person_id
left join known_before_coverage on windows.person_id = known_before_coverage.person_id
