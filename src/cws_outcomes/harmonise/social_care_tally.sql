-- Grain: one row per rule that met a row of one table.
-- Reads `judged` (a row per delivered row) and `settled` (a row per row of the table made of it).
with numbers as (
    select
        (select count(*) from judged) as delivered,
        (select count(*) from judged where verdict = 'kept') as kept_rows,
        (
            select count(*)
            from (select distinct settled_key from judged where verdict = 'kept') as records
        ) as settled_keys,
        (select count(*) from settled) as kept,
        (select count(*) from settled where is_imputed) as imputed
),

tally as (
    select 'delivered' as rule, delivered as row_count from numbers
    union all
    select 'kept' as rule, kept as row_count from numbers
    union all
    select 'merged_same_record' as rule, kept_rows - settled_keys as row_count from numbers
    union all
    select $later as rule, settled_keys - kept as row_count from numbers
    union all
    select 'noted_end_imputed' as rule, imputed as row_count from numbers
    union all
    select verdict as rule, count(*) as row_count from judged
    where verdict != 'kept'
    group by verdict
    union all
    select repair as rule, count(*) as row_count from judged
    where verdict = 'kept' and repair is not null
    group by repair
)

select $name as table, rule, row_count as rows
from tally
where row_count > 0 or rule in ('delivered', 'kept')
