-- Grain: one row per figure and part.
-- Referrals of 2012/13, and children in need on 31 March 2013 as DfE counts need, as if the
-- delivery had as many children as England.
with counts (part, children) as (
    select 'referrals', count(*)
    from referrals
    where referral_date >= date '2012-04-01' and referral_date < date '2013-04-01'
    union all
    select 'in_need', sum(in_need)
    from social_care_counts
    where return_year = 2013
)

select
    'F090' as figure, counts.part, counts.children * england.scale as value,
    counts.children as numerator, null as denominator
from counts
inner join children_of_england as england on england.year = 2013
