-- Grain: one row per authority, child, first day of an episode and return that sends it once more:
-- how it differs from the return before. A return that is the first to hold an episode has no row.
with compared as (
    select
        la_code, child_id, start_date, return_year, end_date,
        lag(return_year) over episode as earlier_year,
        lag(end_date) over episode as earlier_end_date,
        row(
            legal_status_code, placement_code, reason_new_code, need_code, provider_code
        ) as codes,
        lag(row(
            legal_status_code, placement_code, reason_new_code, need_code, provider_code
        )) over episode as earlier_codes
    from episodes_sent
    window episode as (partition by la_code, child_id, start_date order by return_year)
)

select
    la_code, child_id, start_date, return_year,
    case
        when differs(codes, earlier_codes) then 'changed'
        when not differs(end_date, earlier_end_date) then 'unchanged'
        when earlier_end_date is null then 'closed'
        when end_date is null then 'reopened'
        else 'changed'
    end as difference
from compared
where earlier_year is not null
