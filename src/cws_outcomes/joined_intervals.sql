-- Grain: one row per person, kind and unbroken time: intervals that overlap, touch or leave a gap
-- of at most max_gap_days are one. A macro: spells of every kind are joined by this rule.
-- Reads the query named by `intervals`: person_id, kind, start_date, end_date.
create or replace temp macro joined_intervals(intervals, max_gap_days) as table
-- One row a start date, so that no window below has a tie to break.
    with starts as (
        select person_id, kind, start_date, max(end_date) as end_date, count(*) as intervals_joined
        from query_table(intervals)
        where start_date < end_date
        group by person_id, kind, start_date
    ),

    reached as (
        select
            *,
            max(end_date) over (
                partition by person_id, kind order by start_date
                rows between unbounded preceding and 1 preceding
            ) as covered_until
        from starts
    ),

    numbered as (
        select
            *,
            count(*) filter (
                where covered_until is null
                or start_date > covered_until + cast(max_gap_days as integer)
            ) over (
                partition by person_id, kind order by start_date
                rows between unbounded preceding and current row
            ) as spell_no
        from reached
    )

    select
        person_id, kind,
        min(start_date) as start_date,
        max(end_date) as end_date,
        cast(sum(intervals_joined) as integer) as intervals_joined
    from numbered
    group by person_id, kind, spell_no
