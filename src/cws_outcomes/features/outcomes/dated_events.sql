-- Grain: one row per member and dated event, before and after the index date.
with offences as (
    select person_id, offence_date, disposal_date, is_proven, is_custody from offence_history
    union all
    select person_id, offence_date, disposal_date, is_proven, is_custody from offence_follow_up
),

exclusions as (
    select person_id, start_date, category from exclusion_history
    union all
    select person_id, start_date, category from exclusion_follow_up
),

dated as (
    select
        person_id,
        if($date = 'disposal', disposal_date, offence_date) as event_date,
        if(is_custody, 'custody', 'proven_offence') as kind
    from offences
    where is_proven
    union all
    select person_id, start_date as event_date, 'suspension' as kind from exclusions
    where category = 'suspension'
    union all
    select person_id, start_date as event_date, 'permanent_exclusion' as kind from exclusions
    where category = 'permanent'
)

-- A custodial sentence is also a proven offence.
select person_id, event_date, kind from dated where event_date is not null
union all
select person_id, event_date, 'proven_offence' as kind from dated
where kind = 'custody' and event_date is not null
