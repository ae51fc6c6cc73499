-- Grain: one row per authority, child, first day of an episode and return that holds it.
-- Of rows of one return that start on one day the one that lasts longest stays; an open one lasts
-- longest. Rows that agree in all are one.
with ranked as (
    select
        *,
        row_number() over (
            partition by la_code, child_id, start_date, return_year
            order by
                end_date desc nulls first, legal_status_code nulls last,
                placement_code nulls last, reason_ceased_code nulls last,
                reason_new_code nulls last, need_code nulls last, provider_code nulls last,
                placement_change_code nulls last, file_no, row_no
        ) as choice
    from episodes_read
    where rejection is null
),

counted as (
    select
        la_code, child_id, start_date, return_year,
        cast(count(*) as integer) as rows_read,
        cast(
            count(distinct row(
                end_date, legal_status_code, placement_code, reason_ceased_code, reason_new_code,
                need_code, provider_code, placement_change_code
            )) as integer
        ) as versions
    from ranked
    group by la_code, child_id, start_date, return_year
)

select
    la_code, child_id, start_date, return_year, end_date, reason_new_code, legal_status_code,
    need_code, placement_code, provider_code, reason_ceased_code, placement_change_code,
    rows_read, versions
from ranked
inner join counted using (la_code, child_id, start_date, return_year)
where choice = 1
