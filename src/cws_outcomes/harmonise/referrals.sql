-- Grain: one row per person and referral date.
-- A referral is sent again in every return in which it is open. The latest return decides how it
-- ended, the earliest assessment date stays, and one that is gone from the next return of its LA
-- without a closure is closed on the day that return begins.
select
    settled.person_id,
    settled.latest.la_code,
    settled.referral_date,
    settled.first_return_year,
    nullif(settled.latest.return_year, 0) as last_return_year,
    coalesce(attributes.referral_source, settled.referral_source) as referral_source,
    coalesce(attributes.primary_need, settled.primary_need) as primary_need,
    coalesce(attributes.disabled, settled.disabled) = 'true' as is_disabled,
    settled.assessment_date,
    settled.conference_date,
    case
        when settled.latest.closure_date is not null then settled.latest.closure_date
        when la_returns.next_return_year is not null
            then greatest(make_date(la_returns.next_return_year - 1, 4, 1), settled.referral_date)
    end as closure_date,
    nullif(settled.latest.closure_reason, '') as closure_reason,
    settled.latest.is_no_further_action,
    settled.latest.closure_date is null
    and la_returns.next_return_year is not null as is_closure_imputed
from referrals_settled as settled
left join referral_attributes as attributes
    on
        settled.person_id = attributes.person_id
        and settled.referral_date = attributes.referral_date
left join la_returns
    on
        settled.latest.la_code = la_returns.la_code
        and settled.latest.return_year = la_returns.return_year
