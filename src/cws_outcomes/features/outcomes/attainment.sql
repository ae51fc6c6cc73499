-- Grain: one row per member: whether the result was reached by the end of Year 11.
-- At risk are pupils on roll in the spring census of Year 11; no record counts as not reached.
with windows as (
    select person_id, index_date, make_date(birth_cohort + 17, 8, 31) as result_date
    from members
),

-- Histories too: a late landmark comes after the census, or an early result, of Year 11.
censuses as (
    select person_id, census_date from school_history where is_on_roll
    union all
    select person_id, census_date from school_follow_up where is_on_roll
),

on_roll as (
    select distinct windows.person_id
    from windows
    inner join censuses on windows.person_id = censuses.person_id
    where year(censuses.census_date) = year(windows.result_date)
),

known as (
    select person_id, measure, result_date, value from result_history
    union all
    select person_id, measure, result_date, value from result_follow_up
),

results as (
    select windows.person_id, known.value
    from windows
    inner join known
        on windows.person_id = known.person_id and known.result_date <= windows.result_date
    where known.measure = $measure
)

select
    windows.person_id,
    on_roll.person_id is not null as is_at_risk,
    windows.index_date as start_date,
    windows.result_date as stop_date,
    case
        when windows.result_date >= $covered_until::date then 'censored'
        when coalesce(results.value >= $at_least, false) then 'event'
        else 'complete'
    end as status,
    case
        when windows.result_date >= $covered_until::date then 'end_of_data'
        when results.value is null then 'no_result'
        when results.value >= $at_least then 'reached'
        else 'not_reached'
    end as reason,
    windows.result_date < $covered_until::date as is_observed,
    windows.result_date < $covered_until::date
    and coalesce(results.value >= $at_least, false) as has_event
from windows
left join on_roll on windows.person_id = on_roll.person_id
left join results on windows.person_id = results.person_id
