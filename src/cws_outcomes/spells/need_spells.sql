-- Grain: one row per unbroken spell in a state of need, as known on the day.
-- A referral is a referral until its assessment is authorised, or until the days an assessment may
-- take have passed, whichever comes first: on that day nobody knows that it will be late. Then the
-- child is in need while the case is open. How the case ends (no further action, RC8) is known only
-- at closure and never defines a state before it.
with cases as (
    select
        person_id,
        referral_date,
        -- A case that closed on the day it opened was open on that day.
        least(
            greatest(
                coalesce(closure_date, $coverage_children_in_need_end::date), referral_date + 1
            ),
            $coverage_children_in_need_end::date
        ) as case_end,
        -- A missing assessment leaves the days alone: least() passes over it.
        least(
            assessment_date, referral_date + cast($contact_assessment_days as integer)
        ) as need_known_date
    from referrals
    where referral_date < $coverage_children_in_need_end::date
),

states as (  -- noqa: ST03
    select
        person_id, 'referral' as kind, referral_date as start_date,
        least(need_known_date, case_end) as end_date
    from cases
    union all
    select person_id, 'cin' as kind, need_known_date as start_date, case_end as end_date
    from cases
)

select person_id, kind as state, start_date, end_date
from joined_intervals('states', $contact_max_gap_days)
