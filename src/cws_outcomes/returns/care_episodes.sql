-- Grain: one row per authority, child and first day of an episode of care.
-- An episode that goes on after the next one has begun is cut on that day, where this takes away no
-- day in care: the next one lasts as long, and is a short break only if this one is. Other overlaps
-- stay, and are counted: either date may be the wrong one.
with coded as (
    select
        settled.*,
        codelist_legal_status."group" as legal_status,
        codelist_placement."group" as placement,
        codelist_reason_ceased."group" as reason_ceased,
        coalesce(codelist_legal_status."group" = 'respite', false) as is_respite,
        coalesce(codelist_legal_status."group" = 'remand', false) as is_remand
    from episodes_settled as settled
    left join codelist_legal_status on settled.legal_status_code = codelist_legal_status.code
    left join codelist_placement on settled.placement_code = codelist_placement.code
    left join codelist_reason_ceased on settled.reason_ceased_code = codelist_reason_ceased.code
),

followed as (
    select
        *,
        lead(start_date) over child as next_start_date,
        coalesce(lead(end_date) over child, date '9999-12-31') as next_end_date,
        lead(is_respite) over child as next_is_respite,
        coalesce(end_date, date '9999-12-31') as last_date
    from coded
    window child as (partition by la_code, child_id order by start_date)
),

cut as (
    select
        *,
        coalesce(
            last_date > next_start_date
            and next_end_date >= last_date
            and (is_respite or not next_is_respite),
            false
        ) as is_end_cut
    from followed
)

select
    la_code, child_id, start_date,
    if(is_end_cut, next_start_date, end_date) as end_date,
    legal_status, placement, reason_ceased, is_respite, is_remand,
    is_end_imputed and not is_end_cut as is_end_imputed,
    is_end_cut,
    reason_new_code, legal_status_code, need_code, placement_code, provider_code,
    reason_ceased_code, placement_change_code,
    first_return_year, last_return_year
from cut
