-- Grain: one row per person and period of care.
select
    person_id,
    period_start_date as start_date,
    max(period_end_date) as end_date,
    max_by(la_code, start_date) as la_code,
    cast(sum(episodes) as integer) as episodes,
    cast(count(*) as integer) as placements,
    min_by(struct_pack(status := first_legal_status), start_date).status as first_legal_status,
    max_by(struct_pack(status := last_legal_status), start_date).status as last_legal_status,
    max_by(struct_pack(reason := reason_ceased), start_date).reason as reason_ceased,
    bool_or(is_respite) as is_respite,
    bool_or(is_remand) as has_remand,
    bool_or(is_open) as is_open
from placements
group by person_id, period_start_date
