-- Grain: one row per delivered episode of care, with what becomes of it.
-- The last day of the extract, or of what the study covers if that is later.
with extract as (
    select
        greatest(
            $coverage_care_end::date,
            make_date(max(cast(right(return_year, 4) as integer)), 4, 1)
        ) as end_date
    from delivered_care_years
),

placed as (
    select
        keys.person_id,
        coalesce(authority.la_code, delivered.la) as la_code,
        extract.end_date as extract_end,
        delivered.period_start_date,
        delivered.episode_start_date as start_date,
        delivered.episode_end_date as delivered_end_date,
        -- -10 says open, whatever the end; a day before 1930 or after the extract is missing.
        if(
            ceased."group" is distinct from 'open'
            and delivered.episode_end_date between date '1930-01-01' and extract.end_date,
            delivered.episode_end_date, null
        ) as end_date,
        reason_new."group" as reason_new,
        status."group" as legal_status,
        placement."group" as placement,
        placement.code as placement_code,
        need."group" as need,
        ceased."group" as reason_ceased,
        coalesce(change."group" = 'custody', false) as is_changed_by_custody,
        coalesce(uasc."group" = 'true', false) as is_unaccompanied
    from delivered_care_episodes as delivered
    cross join extract
    left join person_keys as keys
        -- By the LA's child id; a row without one by its pupil reference.
        on
            keys.key_kind = if(delivered.la_child_id is null, 'pupil', 'la_child')
            and keys.la = if(delivered.la_child_id is null, '', delivered.la)
            and keys.key = coalesce(delivered.la_child_id, delivered.pupil_reference)
    left join local_authorities as authority on delivered.la = authority.raw_code
    left join codelist_reason_new as reason_new on upper(delivered.reason_new) = reason_new.code
    left join codelist_legal_status as status on upper(delivered.legal_status) = status.code
    left join codelist_placement as placement on upper(delivered.placement) = placement.code
    left join codelist_need as need on upper(delivered.need) = need.code
    left join codelist_reason_ceased as ceased on upper(delivered.reason_ceased) = ceased.code
    left join codelist_placement_change as change
        on upper(delivered.placement_change) = change.code
    left join codelist_flag as uasc on upper(delivered.is_uasc) = uasc.code
)

select
    person_id, la_code, period_start_date, start_date, end_date, reason_new, legal_status,
    placement, placement_code, need, reason_ceased, is_changed_by_custody, is_unaccompanied,
    case
        when la_code is null then 'dropped_no_la'
        when person_id is null then 'dropped_no_child'
        when start_date is null then 'dropped_no_start_date'
        when start_date < date '1930-01-01' then 'dropped_start_before_1930'
        when start_date > extract_end then 'dropped_start_after_extract'
        when end_date < start_date then 'dropped_end_before_start'
        -- Returns of 1998 to 2003 hold one child in three.
        when end_date < $care_full_from::date then 'dropped_ceased_before_full_returns'
        else 'kept'
    end as verdict,
    if(
        reason_ceased is distinct from 'open' and delivered_end_date is not null
        and end_date is null,
        'noted_end_outside_1930_to_extract', null
    ) as repair
from placed
