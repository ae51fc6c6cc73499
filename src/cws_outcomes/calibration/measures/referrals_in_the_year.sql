-- Grain: one row per figure and part.
-- Referrals of 2012/13: how many in the twelve months after another of the same child to the same
-- authority, and what became of them. Later years: 2013/14 to 2019/20 together.
with received as (
    select
        year(referral_date + interval 9 month) as return_year,
        is_no_further_action,
        not is_no_further_action
        and coalesce(closure_reason = 'no_further_action', false) as is_not_in_need,
        coalesce(
            referral_date <= lag(referral_date) over (
                partition by person_id, la_code order by referral_date
            ) + interval 12 month,
            false
        ) as is_again
    from referrals
),

yearly as (
    select
        return_year,
        count(*) as referrals,
        count(*) filter (where is_again) as again,
        count(*) filter (where is_no_further_action) as no_further_action,
        count(*) filter (where is_not_in_need) as not_in_need
    from received
    where return_year between 2013 and 2020
    group by return_year
),

parts as (
    select 'F088' as figure, 'in_2013' as part, again as numerator, referrals as denominator
    from yearly
    where return_year = 2013
    union all
    select 'F088', 'later', sum(again), sum(referrals)
    from yearly
    where return_year > 2013
    union all
    select 'F089', 'no_further_action', no_further_action, referrals
    from yearly
    where return_year = 2013
    union all
    select 'F089', 'not_in_need', not_in_need, referrals
    from yearly
    where return_year = 2013
)

select figure, part, 100 * numerator / denominator as value, numerator, denominator
from parts
