-- Grain: one row per delivered row of children_in_need, with what becomes of it as a referral.
-- The one place that judges rows: `harmonise_referrals` takes those kept, and
-- `count_social_care_repairs` counts them all. Ages are not read: many are wrong, some negative.
-- The last day of the extract, or of what the study covers if that is later.
with extract as (
    select
        greatest(
            $coverage_children_in_need_end::date,
            make_date(max(cast(right(return_year, 4) as integer)), 4, 1)
        ) as end_date
    from delivered_children_in_need
),

placed as (
    select
        keys.person_id,
        people.birth_date,
        coalesce(authority.la_code, delivered.la) as la_code,
        cast(right(delivered.return_year, 4) as integer) as return_year,
        delivered.referral_date,
        extract.end_date as extract_end,
        -- A day before 1930 (1800-01-01 and 1900-01-01 occur) or after the extract is missing.
        if(
            delivered.assessment_date between delivered.referral_date and extract.end_date,
            delivered.assessment_date, null
        ) as assessment_date,
        if(
            delivered.initial_conference_date between delivered.referral_date and extract.end_date,
            delivered.initial_conference_date, null
        ) as conference_date,
        delivered.closure_date,
        coalesce(
            delivered.closure_date between date '1930-01-01' and extract.end_date, false
        ) as is_closure_usable,
        closure."group" as closure_reason,
        coalesce(nfa."group" = 'true', false) as is_no_further_action,
        source."group" as referral_source,
        need."group" as primary_need,
        disabled."group" as disabled
    from delivered_children_in_need as delivered
    cross join extract
    left join person_keys as keys
        -- By the LA's child id; a row without one by its pupil reference.
        on
            keys.key_kind = if(delivered.la_child_id is null, 'pupil', 'la_child')
            and keys.la = if(delivered.la_child_id is null, '', delivered.la)
            and keys.key = coalesce(delivered.la_child_id, delivered.pupil_reference)
    left join people on keys.person_id = people.person_id
    left join local_authorities as authority on delivered.la = authority.raw_code
    left join codelist_closure_reason as closure
        on upper(delivered.closure_reason) = closure.code
    left join codelist_flag as nfa on upper(delivered.referral_nfa) = nfa.code
    left join codelist_referral_source as source
        on upper(delivered.referral_source) = source.code
    left join codelist_need as need on upper(delivered.primary_need) = need.code
    left join codelist_flag as disabled on upper(delivered.disability) = disabled.code
)

select
    person_id, la_code, return_year, referral_date, assessment_date, conference_date,
    -- A closure before the referral is a slip: the case closed on the day it opened.
    if(is_closure_usable, greatest(closure_date, referral_date), null) as closure_date,
    closure_reason, is_no_further_action, referral_source, primary_need, disabled,
    case
        when la_code is null then 'dropped_no_la'
        when person_id is null then 'dropped_no_child'
        when referral_date is null then 'dropped_no_referral_date'
        when referral_date < date '1930-01-01' then 'dropped_referral_before_1930'
        when referral_date > extract_end then 'dropped_referral_after_extract'
        -- Unborn children are referred: seven months of 31 days before the month of birth at most.
        when referral_date < cast(date_trunc('month', birth_date) as date) - 7 * 31
            then 'dropped_referral_long_before_birth'
        else 'kept'
    end as verdict,
    case
        when closure_date is not null and not is_closure_usable
            then 'noted_closure_outside_1930_to_extract'
        when closure_date < referral_date
            then 'noted_closure_before_referral'
    end as repair
from placed
