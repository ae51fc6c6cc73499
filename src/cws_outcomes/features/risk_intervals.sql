-- Grain: one row per member and time at risk in one state of contact; age in days is the clock.
-- The state is the one that held when the day began: contact that starts on the day of an offence
-- may come of it, so the offence counts in the state before.
with windows as (
    select
        members.person_id, members.birth_date,
        least($coverage_children_in_need_end::date, $coverage_care_end::date) as covered_until,
        outcome.start_date, outcome.stop_date, outcome.status, outcome.reason, outcome.has_event
    from members
    inner join outcome on members.person_id = outcome.person_id
    where outcome.is_at_risk and outcome.stop_date > outcome.start_date
),

at_risk as (
    select
        person_id, birth_date, start_date,
        least(stop_date, covered_until) as stop_date,
        has_event and stop_date <= covered_until as has_event,
        case
            when stop_date > covered_until then 'end_of_data'
            when status in ('competing', 'censored') then reason
            else ''
        end as competing
    from windows
),

contact as (
    select person_id, start_date, end_date, state from contact_history
    union all
    select person_id, start_date, end_date, state from contact_follow_up
),

first_contact as (
    select person_id, min(start_date) as first_date
    from contact
    group by person_id
),

pieces as (
    select
        at_risk.person_id, at_risk.start_date,
        least(at_risk.stop_date, coalesce(first_contact.first_date, at_risk.stop_date))
            as end_date,
        'none' as contact_state
    from at_risk
    left join first_contact on at_risk.person_id = first_contact.person_id
    union all
    select
        at_risk.person_id,
        greatest(at_risk.start_date, contact_follow_up.start_date) as start_date,
        least(at_risk.stop_date, contact_follow_up.end_date) as end_date,
        contact_follow_up.state as contact_state
    from at_risk
    inner join contact_follow_up on at_risk.person_id = contact_follow_up.person_id
)

select
    pieces.person_id,
    cast(pieces.start_date - at_risk.birth_date as integer) as start_age_days,
    cast(pieces.end_date - at_risk.birth_date as integer) as stop_age_days,
    pieces.contact_state,
    at_risk.has_event and pieces.end_date = at_risk.stop_date as has_event,
    if(pieces.end_date = at_risk.stop_date, at_risk.competing, '') as competing,
    coalesce(first_contact.first_date < at_risk.stop_date, false) as ever_in_contact
from pieces
inner join at_risk on pieces.person_id = at_risk.person_id
left join first_contact on pieces.person_id = first_contact.person_id
where pieces.start_date < pieces.end_date
