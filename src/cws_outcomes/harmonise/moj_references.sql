-- Grain: one row per person of the justice records and pupil reference named beside it.
-- A voice for each offence, and one for each other table that bears both; "union" gives a row that
-- is delivered twice one voice.
with mentions as (
    select 'offences' as source, moj_id, pupil_reference, case_id, offence_id
    from delivered_offences
    where moj_id is not null and pupil_reference is not null
    union
    select 'prison' as source, moj_id, pupil_reference, null as case_id, null as offence_id
    from delivered_prison
    where moj_id is not null and pupil_reference is not null
    union
    select 'court' as source, moj_id, pupil_reference, null as case_id, null as offence_id
    from delivered_court
    where moj_id is not null and pupil_reference is not null
    union
    select 'probation' as source, moj_id, pupil_reference, null as case_id, null as offence_id
    from delivered_probation
    where moj_id is not null and pupil_reference is not null
    union
    select 'exclusions' as source, moj_id, pupil_reference, null as case_id, null as offence_id
    from delivered_exclusions
    where moj_id is not null and pupil_reference is not null
    union
    select 'early_years' as source, moj_id, pupil_reference, null as case_id, null as offence_id
    from delivered_early_years
    where moj_id is not null and pupil_reference is not null
    union
    select
        'key_stage_2_exams' as source, moj_id, pupil_reference, null as case_id,
        null as offence_id
    from delivered_key_stage_2_exams
    where moj_id is not null and pupil_reference is not null
)

select moj_id, pupil_reference, cast(count(*) as integer) as mentions
from mentions
group by moj_id, pupil_reference
