-- Grain: one row per delivered row of care_years, with what becomes of it.
-- The year's row tells the latest period of care in it: its first day and its days, both ends
-- counted, so that the day after the last is the first day plus the days.
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
        cast(right(delivered.return_year, 4) as integer) as return_year,
        delivered.period_start_date as start_date,
        delivered.period_start_date + delivered.period_days as end_date,
        status."group" as legal_status,
        placement."group" as placement,
        placement.code as placement_code,
        need."group" as need,
        ceased."group" as reason_ceased
    from delivered_care_years as delivered
    cross join extract
    left join person_keys as keys
        -- By the LA's child id; a row without one by its pupil reference.
        on
            keys.key_kind = if(delivered.la_child_id is null, 'pupil', 'la_child')
            and keys.la = if(delivered.la_child_id is null, '', delivered.la)
            and keys.key = coalesce(delivered.la_child_id, delivered.pupil_reference)
    left join local_authorities as authority on delivered.la = authority.raw_code
    left join codelist_legal_status as status on upper(delivered.legal_status) = status.code
    left join codelist_placement as placement on upper(delivered.placement) = placement.code
    left join codelist_need as need on upper(delivered.need) = need.code
    left join codelist_reason_ceased as ceased on upper(delivered.reason_ceased) = ceased.code
)

select
    person_id, la_code, return_year, start_date, end_date, legal_status, placement, placement_code,
    need, reason_ceased,
    case
        when la_code is null then 'dropped_no_la'
        when person_id is null then 'dropped_no_child'
        when start_date is null then 'dropped_no_start_date'
        when start_date < date '1930-01-01' then 'dropped_start_before_1930'
        when start_date > extract_end then 'dropped_start_after_extract'
        when end_date is null or end_date <= start_date then 'dropped_no_length'
        when end_date < $care_full_from::date then 'dropped_ceased_before_full_returns'
        else 'kept'
    end as verdict,
    cast(null as varchar) as repair
from placed
