-- Grain: one row per person and offence.
-- Rows are offence by disposal. An offence is proven by a guilty finding or a caution; cautions
-- carry no adjudication. Custody is a disposal of immediate custody on a proven offence.
with disposals as (
    select
        person_keys.person_id,
        delivered.moj_id,
        delivered.case_id,
        delivered.offence_id,
        -- The year 1900 stands for missing.
        if(delivered.offence_date >= date '1930-01-01', delivered.offence_date, null)
            as offence_date,
        if(delivered.disposal_date >= date '1930-01-01', delivered.disposal_date, null)
            as disposal_date,
        codelist_offence_group."group" as offence_group,
        coalesce(
            codelist_disposal."group" = 'caution'
            or (
                codelist_adjudication."group" = 'guilty'
                and coalesce(codelist_disposal."group", '') not in (
                    'not_proven', 'penalty_notice'
                )
            ),
            false
        ) as is_proven,
        coalesce(codelist_disposal."group" = 'custody', false) as is_custody
    from delivered_offences as delivered
    inner join person_keys
        on person_keys.key_kind = 'pupil' and delivered.pupil_reference = person_keys.key
    left join codelist_adjudication
        on upper(delivered.adjudication) = codelist_adjudication.code
    left join codelist_disposal on delivered.disposal = codelist_disposal.code
    left join codelist_offence_group
        on left(delivered.offence_group, 2) = codelist_offence_group.code
),

offences as (
    select
        person_id, moj_id, case_id, offence_id,
        min(offence_date) as offence_date,
        min(disposal_date) filter (where is_proven) as proven_date,
        min(disposal_date) as disposal_date,
        min(offence_group) as offence_group,
        bool_or(is_proven) as is_proven,
        bool_or(is_proven and is_custody) as is_custody
    from disposals
    group by person_id, moj_id, case_id, offence_id
),

dated as (
    select
        *,
        coalesce(offence_date, proven_date, disposal_date) as event_date
    from offences
)

select
    person_id,
    cast(row_number() over (
        partition by person_id
        order by event_date, moj_id, case_id, offence_id
    ) as integer) as offence_no,
    event_date as offence_date,
    coalesce(proven_date, disposal_date) as disposal_date,
    offence_date is not null as is_date_of_offence,
    offence_group,
    is_proven,
    is_custody
from dated
where event_date is not null
