-- Grain: one row per person and first day of a stay in custody.
-- Empty unless prison records are delivered. Of stays that begin on one day the last release is
-- taken: one without a release is an older copy of it. A release before the first day is no stay.
with stays as (
    select distinct
        coalesce(by_moj.person_id, by_pupil.person_id) as person_id,
        delivered.start_date,
        -- The year 1900 stands for missing.
        if(delivered.end_date >= date '1930-01-01', delivered.end_date, null) as end_date,
        delivered.kind
    from delivered_prison as delivered
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
    max(end_date) as end_date,
    min(kind) as kind,
    cast(count(*) as integer) as stays
from stays
where end_date is null or end_date >= start_date
group by person_id, start_date
