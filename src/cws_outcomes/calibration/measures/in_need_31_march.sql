-- Grain: one row per figure and part.
-- Children in need on a 31 March, as DfE counts need (spells/social_care_counts.sql): their
-- primary need in 2014, and how long their case had been open in 2016.
with asked (figure, part) as (
    values
    ('F084', 'under_3_months'), ('F084', 'to_6_months'), ('F084', 'to_1_year'),
    ('F084', 'to_2_years'), ('F084', 'over_2_years'),
    ('F091', 'abuse_or_neglect'), ('F091', 'family_dysfunction')
),

days as (
    select cast(unnest([date '2014-03-31', date '2016-03-31']) as date) as day
),

stock as (
    select
        referrals.person_id,
        year(days.day) as return_year,
        referrals.primary_need,
        case
            when referrals.referral_date > days.day - interval 3 month then 'under_3_months'
            when referrals.referral_date > days.day - interval 6 month then 'to_6_months'
            when referrals.referral_date > days.day - interval 1 year then 'to_1_year'
            when referrals.referral_date > days.day - interval 2 year then 'to_2_years'
            else 'over_2_years'
        end as duration
    from referrals
    inner join days
        on
            referrals.referral_date <= days.day
            and (referrals.closure_date is null or referrals.closure_date > days.day)
    where
        not referrals.is_no_further_action
        and coalesce(referrals.closure_reason != 'no_further_action', true)
),

described (figure, part) as (
    select 'F084', duration
    from stock
    where return_year = 2016
    union all
    select 'F091', primary_need
    from stock
    where return_year = 2014 and primary_need is not null
),

counted as (
    select
        figure, part, count(*) as cases, sum(count(*)) over (partition by figure) as all_cases
    from described
    group by figure, part
),

shares as (
    select
        asked.figure, asked.part, coalesce(counted.cases, 0) as numerator,
        max(counted.all_cases) over (partition by asked.figure) as denominator
    from asked
    left join counted using (figure, part)
)

select figure, part, 100 * numerator / denominator as value, numerator, denominator
from shares
