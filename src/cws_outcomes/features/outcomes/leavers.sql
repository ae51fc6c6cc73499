-- Grain: one row per member seen on a roll: the day from which the child is off it.
-- Off the roll when the census after the last one seen, held in January, is covered and lacks the
-- child: from September on, or from the day after what happened in between. A child who is
-- suspended in October or dies in December had not left in September. Else on it until the data
-- end.
with censuses as (
    select person_id, census_date from school_history where is_on_roll
    union all
    select person_id, census_date from school_follow_up where is_on_roll
),

last_censuses as (
    select
        person_id,
        make_date(year(max(census_date)), 9, 1) as september,
        make_date(year(max(census_date)) + 1, 2, 1) as after_the_next
    from censuses
    group by person_id
),

happened as (
    select person_id, event_date from dated_events
    where kind in ('suspension', 'permanent_exclusion', 'custody')
    union all
    select person_id, exit_date as event_date from exit_follow_up where reason = 'death'
),

latest as (
    select
        last_censuses.person_id,
        max(happened.event_date) as event_date
    from last_censuses
    inner join happened on last_censuses.person_id = happened.person_id
    where
        happened.event_date >= last_censuses.september
        and happened.event_date < last_censuses.after_the_next
    group by last_censuses.person_id
)

select
    last_censuses.person_id,
    if(
        last_censuses.after_the_next <= $covered_until::date,
        coalesce(latest.event_date + 1, last_censuses.september),
        $covered_until::date
    ) as left_roll_date
from last_censuses
left join latest on last_censuses.person_id = latest.person_id
