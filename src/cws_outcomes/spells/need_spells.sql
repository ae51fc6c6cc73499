-- Grain: one row per unbroken spell in a state of need, as known on the day.
-- A referral is a referral until its assessment is authorised, or until the days an assessment may
-- take have passed, whichever comes first: on that day nobody knows that it will be late. Then the
-- child is in need while the case is open. How the case ends (no further action, RC8) is known only
-- at closure and never defines a state before it.
with cases as (
    select
        person_id,
        referral_date,
        least(
            coalesce(closure_date, $coverage_children_in_need_end::date),
            $coverage_children_in_need_end::date
        ) as case_end,
        -- A missing assessment leaves the days alone: least() passes over it.
        least(
            assessment_date, referral_date + cast($contact_assessment_days as integer)
        ) as need_known_date
    from referrals
    where referral_date < $coverage_children_in_need_end::date
),

states as (
    select
        person_id, 'referral' as state, referral_date as start_date,
        least(need_known_date, case_end) as end_date
    from cases
    union all
    select person_id, 'cin' as state, need_known_date as start_date, case_end as end_date
    from cases
),

starts as (
    select person_id, state, start_date, max(end_date) as end_date
    from states
    where start_date < end_date
    group by person_id, state, start_date
),

reached as (
    select
        *,
        max(end_date) over (
            partition by person_id, state order by start_date
            rows between unbounded preceding and 1 preceding
        ) as covered_until
    from starts
),

numbered as (
    select
        *,
        count(*) filter (where covered_until is null or start_date > covered_until) over (
            partition by person_id, state order by start_date
            rows between unbounded preceding and current row
        ) as spell_no
    from reached
)

select person_id, state, min(start_date) as start_date, max(end_date) as end_date
from numbered
group by person_id, state, spell_no
