-- Grain: one row per unbroken spell in a state of need, as DfE counts it.
-- In need from the referral, if it did not end in no further action and was not closed RC8; RC9
-- (early help) by the study's choice. The other cases are referrals. For counts only: how a case
-- ends is not known while it is open.
with cases as (  -- noqa: ST03
    select
        person_id,
        if(
            is_no_further_action
            or coalesce(closure_reason = 'no_further_action', false)
            or (
                coalesce(closure_reason = 'early_help', false)
                and not $contact_early_help_is_need
            ),
            'referral', 'cin'
        ) as kind,
        referral_date as start_date,
        -- A case that closed on the day it opened was open on that day.
        least(
            greatest(
                coalesce(closure_date, $coverage_children_in_need_end::date), referral_date + 1
            ),
            $coverage_children_in_need_end::date
        ) as end_date
    from referrals
    where referral_date < $coverage_children_in_need_end::date
)

select person_id, kind as state, start_date, end_date
from joined_intervals('cases', $contact_max_gap_days)
