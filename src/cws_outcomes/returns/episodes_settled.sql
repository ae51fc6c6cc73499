-- Grain: one row per authority, child and first day of an episode.
-- The latest return that holds an episode decides everything about it. One that was open when it
-- was last sent, and is gone from a later return of its authority, was closed: on the day on which
-- the child's next episode took over, if that begins without a new start of care after the return;
-- else on the 1 April that follows the return. Either end is imputed.
with last_returns as (
    select la_code, max(return_year) as last_return_year
    from returns
    where collection = 'ssda903'
    group by la_code
),

numbered as (
    select
        *,
        row_number() over (
            partition by la_code, child_id, start_date order by return_year desc
        ) as choice,
        min(return_year) over (partition by la_code, child_id, start_date) as first_return_year
    from episodes_sent
),

followed as (
    select
        *,
        lead(start_date) over child as next_start_date,
        lead(reason_new_code) over child as next_reason_code
    from numbered
    where choice = 1
    window child as (partition by la_code, child_id order by start_date)
),

ended as (
    select
        followed.*,
        end_date is null and return_year < last_return_year as is_end_imputed,
        make_date(return_year, 4, 1) as day_after_return,
        coalesce(
            next_start_date >= day_after_return and next_reason_code in ('P', 'L', 'T', 'U', 'B'),
            false
        ) as is_taken_over
    from followed
    inner join last_returns using (la_code)
)

select
    la_code, child_id, start_date,
    case
        when not is_end_imputed then end_date
        when is_taken_over then next_start_date
        else day_after_return
    end as end_date,
    is_end_imputed,
    is_end_imputed and is_taken_over as is_taken_over,
    reason_new_code, legal_status_code, need_code, placement_code, provider_code,
    reason_ceased_code, placement_change_code,
    first_return_year, return_year as last_return_year
from ended
