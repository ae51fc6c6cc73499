-- Grain: one row per person, kind and unbroken time: intervals that overlap, touch or leave a gap
-- of at most max_gap_days are one. A macro: spells of every kind are joined by this rule.
-- Reads the query named by `intervals`: person_id, kind, start_date, end_date.
create or replace temp macro joined_intervals(intervals, max_gap_days) as table
    with reached as (
        select
            person_id, kind, start_date, end_date,
            max(end_date) over (
                partition by person_id, kind order by start_date
                rows between unbounded preceding and 1 preceding
            ) as covered_until
        from query_table(intervals)
        where start_date < end_date
    ),

    -- Intervals that start on one day come in no order of their own. Whichever is first, it alone
    -- may open a spell, as the others start before it ends; and "range", not "rows", gives all of
    -- them the number that the day ends with. So there is one answer, whatever order they come in.
    numbered as (
        select
            person_id, kind, start_date, end_date,
            count(*) filter (
                where covered_until is null
                or start_date > covered_until + cast(max_gap_days as integer)
            ) over (
                partition by person_id, kind order by start_date
                range between unbounded preceding and current row
            ) as spell_no
        from reached
    )

    select
        person_id, kind,
        min(start_date) as start_date,
        max(end_date) as end_date,
        cast(count(*) as integer) as intervals_joined
    from numbered
    group by person_id, kind, spell_no
