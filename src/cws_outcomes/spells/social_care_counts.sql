-- Grain: one row per LA and 31 March inside coverage. Open at the end of the day, so that who
-- leaves on it is not counted. Exact counts, to be compared with published ones.
with records as (
    -- In need from the referral, unless it ended in no further action or was closed RC8; RC9 by
    -- the study's choice.
    select
        'need' as kind, person_id, la_code,
        greatest(referral_date, $coverage_children_in_need_start::date) as start_date,
        least(
            coalesce(closure_date, $coverage_children_in_need_end::date),
            $coverage_children_in_need_end::date
        ) as end_date
    from referrals
    where
        not is_no_further_action
        and coalesce(closure_reason != 'no_further_action', true)
        and ($contact_early_help_is_need or coalesce(closure_reason != 'early_help', true))
    union all
    select
        'plan' as kind, person_id, la_code,
        greatest(start_date, $coverage_children_in_need_start::date) as start_date,
        least(
            coalesce(end_date, $coverage_children_in_need_end::date),
            $coverage_children_in_need_end::date
        ) as end_date
    from plans
    union all
    -- Short breaks out, remand in, whatever the study takes for exposure.
    select
        'care' as kind, person_id, la_code,
        greatest(start_date, $coverage_care_start::date) as start_date,
        least(coalesce(end_date, $coverage_care_end::date), $coverage_care_end::date) as end_date
    from care_episodes
    where not is_respite
),

-- The years of the first and of the last 31 March that each record holds: no join by range.
bounded as (
    select
        kind, person_id, la_code,
        year(start_date) + if(start_date > make_date(year(start_date), 3, 31), 1, 0) as first_year,
        year(end_date) - if(end_date <= make_date(year(end_date), 3, 31), 1, 0) as last_year
    from records
    where start_date < end_date
),

held as (
    select kind, person_id, la_code, unnest(range(first_year, last_year + 1)) as return_year
    from bounded
    where first_year <= last_year
)

select
    la_code,
    cast(return_year as integer) as return_year,
    count(distinct person_id) filter (where kind = 'care') as looked_after,
    count(distinct person_id) filter (where kind = 'need') as in_need,
    count(distinct person_id) filter (where kind = 'plan') as on_plan
from held
group by la_code, return_year
