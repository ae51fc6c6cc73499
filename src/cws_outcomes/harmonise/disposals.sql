-- Grain: one row per person, offence and disposal, however often delivered.
-- A row belongs to the person of its justice id, else to that of its pupil reference. An offence is
-- proven by a guilty finding or a caution; cautions carry no adjudication. A sentence to custody
-- is immediate, suspended, or an older one put into force (activated); a verdict that proves
-- nothing carries no custody.
with linked as (
    select
        coalesce(by_moj.person_id, by_pupil.person_id) as person_id,
        delivered.*
    from delivered_offences as delivered
    left join person_keys as by_moj
        on by_moj.key_kind = 'moj' and delivered.moj_id = by_moj.key
    left join person_keys as by_pupil
        on by_pupil.key_kind = 'pupil' and delivered.pupil_reference = by_pupil.key
    where by_moj.person_id is not null or by_pupil.person_id is not null
),

coded as (
    select
        linked.person_id,
        linked.moj_id,
        linked.case_id,
        linked.offence_id,
        -- The year 1900 stands for missing.
        if(linked.offence_date >= date '1930-01-01', linked.offence_date, null) as offence_date,
        if(linked.disposal_date >= date '1930-01-01', linked.disposal_date, null)
            as disposal_date,
        if(linked.offence_age >= 0, linked.offence_age, null) as recorded_age,
        case upper(linked.is_primary) when 'Y' then true when 'N' then false end as is_primary,
        linked.disposal_rank,
        codelist_offence_group."group" as offence_group,
        codelist_disposal."group" as disposal_group,
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
        linked.sentence_days
    from linked
    left join codelist_adjudication on upper(linked.adjudication) = codelist_adjudication.code
    left join codelist_disposal on linked.disposal = codelist_disposal.code
    left join codelist_offence_group
        on left(linked.offence_group, 2) = codelist_offence_group.code
)

select
    person_id, moj_id, case_id, offence_id, offence_date, disposal_date, recorded_age, is_primary,
    disposal_rank, offence_group, disposal_group, is_proven,
    case
        when not is_proven then null
        when disposal_group = 'custody' then 'immediate'
        when disposal_group = 'custody_activated' then 'activated'
        when disposal_group = 'custody_suspended' then 'suspended'
    end as custody_tier,
    sentence_days,
    count(*) as deliveries
from coded
group by all
