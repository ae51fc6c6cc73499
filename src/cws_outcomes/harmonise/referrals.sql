-- Grain: one row per person and referral date.
-- A referral is sent again in every return in which it is open. The latest return decides how it
-- ended, the earliest assessment date stays, and one that is gone from a later return of its LA
-- without a closure is closed at the end of the return year in which it was last seen.
with returns as (
    select
        person_keys.person_id,
        coalesce(authority.la_code, delivered.la) as la_code,
        cast(right(delivered.return_year, 4) as integer) as return_year,
        delivered.referral_date,
        delivered.assessment_date,
        -- A closure before the referral is a slip: the case closed on the day it opened. A year
        -- before 1930 stands for missing.
        if(
            delivered.closure_date >= date '1930-01-01',
            greatest(delivered.closure_date, delivered.referral_date),
            null
        ) as closure_date,
        codelist_closure_reason."group" as closure_reason,
        coalesce(flag."group" = 'true', false) as is_no_further_action
    from delivered_children_in_need as delivered
    inner join person_keys
        -- By the LA's child id; a row without one by its pupil reference.
        on
            person_keys.key_kind = if(delivered.la_child_id is null, 'pupil', 'la_child')
            and person_keys.la = if(delivered.la_child_id is null, '', delivered.la)
            and person_keys.key = coalesce(delivered.la_child_id, delivered.pupil_reference)
    left join local_authorities as authority on delivered.la = authority.raw_code
    left join codelist_closure_reason
        on upper(delivered.closure_reason) = codelist_closure_reason.code
    left join codelist_flag as flag on upper(delivered.referral_nfa) = flag.code
    -- Dates before 1930 stand for missing (1800-01-01 and 1900-01-01 occur).
    where delivered.referral_date >= date '1930-01-01' and delivered.la is not null
),

-- By harmonised LA: a case may be sent on by a successor, or left behind when an LA is abolished.
last_returns as (
    select la_code, max(return_year) as last_return_year
    from returns
    group by la_code
),

settled as (
    select
        person_id, referral_date,
        max(return_year) as return_year,
        first(la_code order by return_year desc, la_code) as la_code,
        min(assessment_date) filter (
            where assessment_date >= referral_date
        ) as assessment_date,
        first(
            closure_date order by return_year desc, closure_date desc nulls last
        ) as closure_date,
        first(
            closure_reason
            order by return_year desc, closure_date desc nulls last, closure_reason nulls last
        ) as closure_reason,
        first(
            is_no_further_action
            order by return_year desc, closure_date desc nulls last, is_no_further_action desc
        ) as is_no_further_action
    from returns
    group by person_id, referral_date
)

select
    settled.person_id,
    settled.la_code,
    settled.referral_date,
    settled.assessment_date,
    case
        when settled.closure_date is not null then settled.closure_date
        when settled.return_year < last_returns.last_return_year
            then greatest(make_date(settled.return_year, 4, 1), settled.referral_date)
    end as closure_date,
    settled.closure_reason,
    settled.is_no_further_action,
    settled.closure_date is null
    and settled.return_year < last_returns.last_return_year as is_closure_imputed
from settled
inner join last_returns on settled.la_code = last_returns.la_code
