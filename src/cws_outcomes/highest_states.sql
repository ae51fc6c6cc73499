-- Grain: one row per person and unbroken time in one state, from the first on to the last day. A
-- macro: every version of the states of contact is laid end to end by this rule.
-- Reads the query named by `intervals`: person_id, state_rank (1 to 4), start_date, end_date. The
-- highest state open on a day holds; 0 when none is open any more.
create or replace temp macro highest_states(intervals, last_date) as table
    -- A start adds one to the intervals of its state that are open, an end takes it away. The four
    -- counts share one number, each in fifteen bits of its own, so that one running sum tells them
    -- all and no day is compared with any interval.
    with changes as (
        select
            person_id, start_date as change_date,
            cast(1 as bigint) << (15 * (state_rank - 1)) as change
        from query_table(intervals)
        where start_date < least(end_date, last_date)
        union all
        select
            person_id, least(end_date, last_date) as change_date,
            -(cast(1 as bigint) << (15 * (state_rank - 1))) as change
        from query_table(intervals)
        where start_date < least(end_date, last_date)
    ),

    -- One row a day, so that no window below has a tie to break.
    days as (
        select person_id, change_date, cast(sum(change) as bigint) as change
        from changes
        group by person_id, change_date
    ),

    opened as (
        select
            person_id, change_date,
            sum(change) over (
                partition by person_id order by change_date
                rows between unbounded preceding and current row
            ) as open_intervals
        from days
    ),

    ranked as (
        select
            person_id, change_date,
            case
                when open_intervals >= cast(1 as bigint) << 45 then 4
                when open_intervals >= cast(1 as bigint) << 30 then 3
                when open_intervals >= cast(1 as bigint) << 15 then 2
                when open_intervals >= 1 then 1
                else 0
            end as state_rank
        from opened
    ),

    followed as (
        select
            *,
            lag(state_rank) over (partition by person_id order by change_date) as last_rank
        from ranked
    ),

    laid as (
        select
            person_id, state_rank, change_date as start_date,
            lead(change_date, 1, last_date) over (
                partition by person_id order by change_date
            ) as end_date
        from followed
        where last_rank is null or state_rank != last_rank
    )

    select person_id, state_rank, start_date, end_date
    from laid
    where start_date < end_date
