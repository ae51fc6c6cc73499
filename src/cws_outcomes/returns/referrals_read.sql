-- Grain: one row per referral read from the CIN census, typed, with the reason for which it is
-- rejected (missing where it is not).
with typed as (
    select
        resolved.la_code,
        resolved.return_year,
        raw.file_no,
        raw.row_no,
        child_key(raw.child) as child_id,
        return_date(raw.cinreferraldate) as referral_date,
        return_date(raw.cinclosuredate) as delivered_closure_date,
        return_date(raw.assessmentauthorisationdate) as assessment_date,
        return_date(raw.dateofinitialcpc) as conference_date,
        tidy(raw.cinreferraldate) as referral_text,
        tidy(raw.cinclosuredate) as closure_text,
        code(raw.reasonforclosure) as closure_reason_code,
        code(raw.primaryneedcode) as need_code,
        code(raw.referralsource) as source_code,
        left(code(raw.referralnfa), 1) as nfa_code
    from raw_referrals as raw
    inner join resolved
        on
            raw.file_no = resolved.file_no
            and raw.la_text is not distinct from resolved.la_text
            and raw.year_text is not distinct from resolved.year_text
)

select
    la_code, return_year, file_no, row_no, child_id, referral_date, assessment_date,
    -- A closure before the referral is a slip: the case closed on the day on which it opened. A
    -- year before 1930 stands for missing.
    if(
        delivered_closure_date >= date '1930-01-01',
        greatest(delivered_closure_date, referral_date),
        null
    ) as closure_date,
    conference_date, closure_reason_code, need_code, source_code, nfa_code,
    case
        when child_id is null then 'no_child_id'
        when referral_text is null then 'no_referral_date'
        when referral_date is null then 'referral_date_not_read'
        when referral_date < date '1930-01-01' then 'referral_date_impossible'
        when referral_date > make_date(return_year, 3, 31) then 'starts_after_return'
    end as rejection,
    coalesce(
        delivered_closure_date >= date '1930-01-01' and delivered_closure_date < referral_date,
        false
    ) as is_closed_before_referral,
    closure_text is not null and closure_date is null as is_closure_not_read
from typed
