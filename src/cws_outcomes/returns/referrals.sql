-- Grain: one row per authority, child and referral date.
-- The latest return decides how a referral ended, the earliest assessment that follows it stays.
-- One that is gone from a later return of its authority without a closure was closed on the 1 April
-- after the return in which it was last seen.
with last_returns as (
    select la_code, max(return_year) as last_return_year
    from returns
    where collection = 'cin'
    group by la_code
),

ranked as (
    select
        referrals_read.*,
        row_number() over referral as choice,
        min(return_year) over (
            partition by la_code, child_id, referral_date
        ) as first_return_year,
        min(if(assessment_date >= referral_date, assessment_date, null)) over (
            partition by la_code, child_id, referral_date
        ) as first_assessment_date
    from referrals_read
    where rejection is null
    window referral as (
        partition by la_code, child_id, referral_date
        order by
            return_year desc, closure_date desc nulls last, closure_reason_code nulls last,
            need_code nulls last, source_code nulls last, nfa_code nulls last, file_no, row_no
    )
)

select
    la_code, child_id, referral_date,
    first_assessment_date as assessment_date,
    if(
        closure_date is null and return_year < last_return_year,
        make_date(return_year, 4, 1),
        closure_date
    ) as closure_date,
    codelist_closure_reason."group" as closure_reason,
    coalesce(flag."group" = 'true', false) as is_no_further_action,
    ranked.closure_date is null and return_year < last_return_year as is_closure_imputed,
    need_code, source_code, closure_reason_code, conference_date,
    first_return_year, return_year as last_return_year
from ranked
inner join last_returns using (la_code)
left join codelist_closure_reason on ranked.closure_reason_code = codelist_closure_reason.code
left join codelist_flag as flag on ranked.nfa_code = flag.code
where choice = 1
