-- Grain: one row per member and dated event, before and after the index date.
with offences as (
    select person_id, offence_date, disposal_date, is_proven, is_custody, custody_date
    from offence_history
    union all
    select person_id, offence_date, disposal_date, is_proven, is_custody, custody_date
    from offence_follow_up
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
        'proven_offence' as kind
    from offences
    where is_proven
    union all
    -- The sentence to custody may come after the disposal that proves the offence.
    select
        person_id,
        if($date = 'disposal', coalesce(custody_date, disposal_date), offence_date)
            as event_date,
        'custody' as kind
    from offences
    where is_proven and is_custody
    union all
    select person_id, start_date as event_date, 'suspension' as kind from exclusions
    where category = 'suspension'
    union all
    select person_id, start_date as event_date, 'permanent_exclusion' as kind from exclusions
    where category = 'permanent'
)

select person_id, event_date, kind from dated where event_date is not null
