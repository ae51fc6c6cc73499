-- Grain: one row per authority, child, kind and unbroken time in care.
-- Short breaks are periods of their own: they are no time looked after. An open end stays open.
with care as (  -- noqa: ST03
    select
        struct_pack(la_code := la_code, child_id := child_id) as person_id,
        if(is_respite, 'short_break', 'looked_after') as kind,
        start_date,
        coalesce(end_date, date '9999-12-31') as end_date
    from care_episodes
),

periods as (
    select
        person_id.la_code, person_id.child_id, kind, start_date, end_date, intervals_joined
    from joined_intervals('care', 0)
)

select
    periods.la_code, periods.child_id, periods.kind, periods.start_date,
    nullif(periods.end_date, date '9999-12-31') as end_date,
    any_value(periods.intervals_joined) as episodes,
    cast(count(*) filter (where episode.is_remand) as integer) as remand_episodes,
    coalesce(
        bool_or(episode.is_end_imputed) filter (where episode.end_date = periods.end_date), false
    ) as is_end_imputed
from periods
inner join care_episodes as episode
    on
        periods.la_code = episode.la_code
        and periods.child_id = episode.child_id
        and periods.kind = if(episode.is_respite, 'short_break', 'looked_after')
        and episode.start_date >= periods.start_date
        and episode.start_date < periods.end_date
group by periods.la_code, periods.child_id, periods.kind, periods.start_date, periods.end_date
