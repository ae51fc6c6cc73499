-- Grain: one row per delivered table of social care and measure of its shape.
-- Many extracts hold only the latest referral or episode of a child in a return year. Where no
-- child has two in one year, that is the shape; nothing in the table itself says so.
with cases as (
    select
        la, coalesce(la_child_id, pupil_reference) as child, return_year,
        min(referral_date) != max(referral_date) as has_several,
        count(*) as row_count
    from delivered_children_in_need
    group by all
),

episodes as (
    select
        la, coalesce(la_child_id, pupil_reference) as child,
        -- Episodes bear no return: the financial year in which they start stands for it.
        year(episode_start_date) + if(month(episode_start_date) >= 4, 1, 0) as return_year,
        min(episode_start_date) != max(episode_start_date) as has_several,
        count(*) as row_count
    from delivered_care_episodes
    group by all
),

years as (
    select
        la, coalesce(la_child_id, pupil_reference) as child, return_year,
        min(period_start_date) != max(period_start_date) as has_several,
        count(*) as row_count
    from delivered_care_years
    group by all
),

counted as (
    select 'children_in_need' as table_name, has_several, row_count from cases
    union all
    select 'care_episodes' as table_name, has_several, row_count from episodes
    union all
    select 'care_years' as table_name, has_several, row_count from years
),

measured as (
    select
        table_name,
        sum(row_count) as row_count,
        count(*) as child_years,
        count(*) filter (where has_several) as with_several,
        if(with_several = 0, 1, 0) as is_latest_only
    from counted
    group by table_name
)

select table_name as table, 'rows' as measure, cast(row_count as bigint) as value
from measured
union all
select table_name as table, 'children and return years' as measure, child_years as value
from measured
union all
select table_name as table, 'of these, with two records or more' as measure, with_several as value
from measured
union all
select
    table_name as table, 'holds only the latest record of a year (1 = yes)' as measure,
    cast(is_latest_only as bigint) as value
from measured
