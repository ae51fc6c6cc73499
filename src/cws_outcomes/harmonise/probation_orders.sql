-- Grain: one row per person, first day and kind of an order or licence.
-- Empty unless probation records are delivered. Of orders of one kind that begin on one day the
-- last end is taken. An end before the first day is no order.
with orders as (
    select distinct
        coalesce(by_moj.person_id, by_pupil.person_id) as person_id,
        delivered.start_date,
        -- The year 1900 stands for missing.
        if(delivered.end_date >= date '1930-01-01', delivered.end_date, null) as end_date,
        coalesce(delivered.kind, '') as kind
    from delivered_probation as delivered
    left join person_keys as by_moj
        on by_moj.key_kind = 'moj' and delivered.moj_id = by_moj.key
    left join person_keys as by_pupil
        on by_pupil.key_kind = 'pupil' and delivered.pupil_reference = by_pupil.key
    where
        delivered.start_date >= date '1930-01-01'
        and (by_moj.person_id is not null or by_pupil.person_id is not null)
)

select
    person_id,
    start_date,
    kind,
    max(end_date) as end_date,
    cast(count(*) as integer) as orders
from orders
where end_date is null or end_date >= start_date
group by person_id, start_date, kind
