-- Grain: one row per person and episode of care, told by its start date.
-- Of episodes that start on one day the one that lasts longest stays; an open one lasts longest.
-- One that ceased on the day it began leaves no time in care, but its reason may end everything
-- (adoption): it stays where no longer one starts that day.
-- Where the annual shape is delivered too, it fills what the episodes lack.
with ranked as (
    select
        *,
        row_number() over (
            partition by person_id, start_date
            order by
                end_date desc nulls first, reason_ceased = 'continues', la_code,
                legal_status nulls last, placement_code nulls last, reason_ceased nulls last,
                period_start_date nulls last, reason_new nulls last, need nulls last,
                is_changed_by_custody desc, is_unaccompanied desc
        ) as choice
    from care_episode_rows
    where verdict = 'kept'
),

episodes as (
    select
        *,
        lead(start_date) over (partition by person_id order by start_date) as next_start_date
    from ranked
    where choice = 1
),

filling as (
    select years.*
    from care_periods_of_years as years
    where
        not exists (
            select 1 from episodes
            where
                episodes.person_id = years.person_id
                and (years.end_date is null or episodes.start_date < years.end_date)
                and (
                    episodes.end_date is null
                    or greatest(episodes.end_date, episodes.start_date + 1) > years.start_date
                )
        )
),

joined as (
    select
        person_id, la_code, start_date,
        -- A child is in one episode at a time: the next one ends what was left open.
        coalesce(end_date, next_start_date) as end_date,
        period_start_date, reason_new, legal_status, placement, placement_code, need,
        reason_ceased, is_changed_by_custody, is_unaccompanied,
        end_date is null and next_start_date is not null as is_end_imputed,
        'episodes' as source_shape
    from episodes
    union all
    select
        person_id, la_code, start_date, end_date, start_date as period_start_date,
        null as reason_new, legal_status, placement, placement_code, need, reason_ceased,
        false as is_changed_by_custody, false as is_unaccompanied, is_end_imputed,
        'years' as source_shape
    from filling
)

select
    person_id, la_code, start_date, end_date, period_start_date, reason_new, legal_status,
    placement, placement_code, need, reason_ceased,
    coalesce(legal_status = 'respite', false) as is_respite,
    coalesce(legal_status = 'remand', false) as is_remand,
    coalesce(
        legal_status = 'remand' or placement = 'secure'
        or reason_ceased in ('custody', 'remand_ended') or is_changed_by_custody,
        is_changed_by_custody
    ) as has_justice_marker,
    is_unaccompanied, is_end_imputed, source_shape
from joined
