-- Grain: one row per member: the first event in the window, or what came before it.
-- The window is half-open, and so is coverage: nothing counts on the day the data end. On any other
-- an event goes before a competing event, that before censoring. After an earlier event: no risk.
with windows as (
    select
        person_id,
        if(
            $window_opens = 'start_of_year_10',
            greatest(index_date, make_date(birth_cohort + 15, 9, 1)),
            index_date
        ) as start_date,
        least(
            case $window_closes
                when '18th_birthday' then cast(birth_date + to_years(18) as date)
                when 'end_of_year_11' then make_date(birth_cohort + 17, 9, 1)
                else make_date(birth_cohort + 19, 9, 1)
            end,
            last_date
        ) as end_date
    from members
),

first_events as (
    select
        windows.person_id,
        min(events.event_date) as first_date,
        min(events.event_date) filter (where events.event_date >= windows.start_date)
            as next_date
    from windows
    inner join dated_events as events on windows.person_id = events.person_id
    where events.kind = $event
    group by windows.person_id
),

ends as (
    select person_id, 1 as priority, 'event' as status, $event as reason, next_date as stop_date
    from first_events
    where next_date is not null
    union all
    select
        events.person_id, 2 as priority, 'competing' as status, events.kind as reason,
        events.event_date as stop_date
    from dated_events as events
    inner join windows on events.person_id = windows.person_id
    where
        events.kind != $event
        and list_contains($competing::varchar [], events.kind)
        and events.event_date >= windows.start_date
    union all
    select person_id, 2 as priority, 'competing' as status, reason, exit_date as stop_date
    from exit_follow_up
    where list_contains($competing::varchar [], reason)
    union all
    select
        person_id, 2 as priority, 'competing' as status, 'leaving_roll' as reason,
        left_roll_date as stop_date
    from leavers
    where list_contains($competing::varchar [], 'leaving_roll')
    union all
    select person_id, 3 as priority, 'censored' as status, reason, exit_date as stop_date
    from exit_follow_up
    where list_contains($censoring::varchar [], reason)
    union all
    select
        person_id, 0 as priority, 'censored' as status, 'end_of_data' as reason,
        $covered_until::date as stop_date
    from windows
),

first_ends as (
    select
        windows.person_id,
        first(ends.stop_date order by ends.stop_date, ends.priority, ends.reason) as stop_date,
        first(ends.status order by ends.stop_date, ends.priority, ends.reason) as status,
        first(ends.reason order by ends.stop_date, ends.priority, ends.reason) as reason
    from windows
    inner join ends on windows.person_id = ends.person_id
    where ends.stop_date < windows.end_date
    group by windows.person_id
)

select
    windows.person_id,
    coalesce(first_events.first_date >= windows.start_date, true)
    and windows.start_date < windows.end_date
    and coalesce(first_ends.stop_date >= windows.start_date, true)
    and not (
        list_contains($competing::varchar [], 'leaving_roll')
        and coalesce(leavers.left_roll_date <= windows.start_date, true)
    ) as is_at_risk,
    windows.start_date,
    coalesce(first_ends.stop_date, windows.end_date) as stop_date,
    coalesce(first_ends.status, 'complete') as status,
    coalesce(first_ends.reason, 'window_closed') as reason,
    coalesce(first_ends.status = 'event', true) as is_observed,
    coalesce(first_ends.status = 'event', false) as has_event
from windows
left join first_events on windows.person_id = first_events.person_id
left join first_ends on windows.person_id = first_ends.person_id
left join leavers on windows.person_id = leavers.person_id
