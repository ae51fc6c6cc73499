-- Grain: one row per person, day, case and kind of an appearance in court.
-- Empty unless court records are delivered.
select distinct
    coalesce(by_moj.person_id, by_pupil.person_id) as person_id,
    delivered.appearance_date,
    coalesce(delivered.case_id, '') as case_id,
    coalesce(delivered.kind, '') as kind
from delivered_court as delivered
left join person_keys as by_moj
    on by_moj.key_kind = 'moj' and delivered.moj_id = by_moj.key
left join person_keys as by_pupil
    on by_pupil.key_kind = 'pupil' and delivered.pupil_reference = by_pupil.key
where
    delivered.appearance_date >= date '1930-01-01'
    and (by_moj.person_id is not null or by_pupil.person_id is not null)
