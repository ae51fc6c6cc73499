-- Grain: one row per child and state on 31 March 2018: looked after for twelve months, or in need
-- and neither on a plan nor looked after; with the authority responsible.
select children.person_id, children.state, any_value(care_periods.la_code) as la_code
from children_at_31_march as children
inner join care_periods using (person_id)
where
    children.year = 2018 and children.state = 'cla12' and not care_periods.is_respite
    and date '2018-03-31' >= care_periods.start_date
    and date '2018-03-31' < care_periods.end_date
group by children.person_id, children.state
union all
select children.person_id, children.state, arg_max(referrals.la_code, referrals.referral_date)
from children_at_31_march as children
inner join referrals using (person_id)
where
    children.year = 2018 and children.state = 'cin'
    and not referrals.is_no_further_action
    and date '2018-03-31' >= referrals.referral_date
    and date '2018-03-31' < coalesce(referrals.closure_date, date '2018-04-01')
group by children.person_id, children.state
