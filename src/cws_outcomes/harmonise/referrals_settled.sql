-- Grain: one row per person and referral date, with what its returns say together.
select
    person_id, referral_date,
    min(return_year) as first_return_year,
    min(assessment_date) as assessment_date,
    min(conference_date) as conference_date,
    min(referral_source) as referral_source,
    min(primary_need) as primary_need,
    min(disabled) as disabled,
    coalesce(min(referral_source) != max(referral_source), false)
    or coalesce(min(primary_need) != max(primary_need), false)
    or coalesce(min(disabled) != max(disabled), false) as is_disputed,
    -- Of rows of one return the one that closed last: the first field that differs decides.
    max(struct_pack(
        return_year := coalesce(return_year, 0),
        closure_day := coalesce(closure_date, date '0001-01-01'),
        is_no_further_action := is_no_further_action,
        closure_reason := coalesce(closure_reason, ''),
        la_code := la_code,
        closure_date := closure_date
    )) as latest
from referral_rows
where verdict = 'kept'
group by person_id, referral_date
