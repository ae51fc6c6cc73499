-- Grain: one row per person, kind of contact and day on which such contact began.
-- Referred: any referral. Assessed: not closed with no further action. In need: as DfE counts it,
-- assessed and not closed RC8. Plan: first day of a plan. Care: first day of a period of care,
-- short breaks left out. Age 0 before birth.
with days as (
    select person_id, 'referred' as kind, referral_date as day
    from referrals
    union all
    select person_id, 'assessed', referral_date
    from referrals
    where not is_no_further_action
    union all
    select person_id, 'in_need', referral_date
    from referrals
    where
        not is_no_further_action
        and coalesce(closure_reason != 'no_further_action', true)
    union all
    select person_id, 'plan', start_date
    from plans
    union all
    select person_id, 'care', start_date
    from care_periods
    where not is_respite
)

select
    days.person_id, days.kind, days.day, people.birth_date, people.ethnic_group,
    greatest(0, date_sub('year', people.birth_date, days.day)) as age
from days
inner join people using (person_id)
