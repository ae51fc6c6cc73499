-- Grain: one row per person and episode of care, told by its start date.
-- Of episodes that start on one day the one that lasts longest stays; an open one lasts longest.
with episodes as (
    select
        person_keys.person_id,
        coalesce(authority.la_code, delivered.la) as la_code,
        delivered.episode_start_date as start_date,
        if(codelist_reason_ceased."group" = 'open', null, delivered.episode_end_date) as end_date,
        codelist_legal_status."group" as legal_status,
        codelist_placement."group" as placement,
        codelist_reason_ceased."group" as reason_ceased
    from delivered_care_episodes as delivered
    inner join person_keys
        -- By the LA's child id; a row without one by its pupil reference.
        on
            person_keys.key_kind = if(delivered.la_child_id is null, 'pupil', 'la_child')
            and person_keys.la = if(delivered.la_child_id is null, '', delivered.la)
            and person_keys.key = coalesce(delivered.la_child_id, delivered.pupil_reference)
    left join local_authorities as authority on delivered.la = authority.raw_code
    left join codelist_legal_status
        on upper(delivered.legal_status) = codelist_legal_status.code
    left join codelist_placement on upper(delivered.placement) = codelist_placement.code
    left join codelist_reason_ceased
        on upper(delivered.reason_ceased) = codelist_reason_ceased.code
    where delivered.episode_start_date >= date '1930-01-01' and delivered.la is not null
),

ranked as (
    select
        *,
        row_number() over (
            partition by person_id, start_date
            order by
                end_date desc nulls first, la_code, legal_status nulls last,
                placement nulls last, reason_ceased nulls last
        ) as choice
    from episodes
    where end_date is null or end_date > start_date
)

select
    person_id, la_code, start_date, end_date, legal_status, placement, reason_ceased,
    coalesce(legal_status = 'respite', false) as is_respite,
    coalesce(legal_status = 'remand', false) as is_remand
from ranked
where choice = 1
