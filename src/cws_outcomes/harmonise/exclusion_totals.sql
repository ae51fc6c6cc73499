-- Grain: one row per academic year and total.
-- Lunchtime exclusions are counted inside the supplied fixed totals. The indicator of permanent
-- exclusion of early years is yes or no, later a count: both are compared as counts. Sessions are
-- compared in tenths, which add up to the same whatever the order.
with supplied as (
    select
        person_keys.person_id,
        delivered.file_year as academic_year,
        max(delivered.total_fixed_exclusions) as fixed_exclusions,
        max(cast(delivered.total_fixed_sessions as decimal(18, 1))) as fixed_sessions,
        max(
            coalesce(
                try_cast(delivered.total_permanent_exclusions as integer),
                if(codelist_flag."group" = 'true', 1, 0)
            )
        ) filter (where delivered.total_permanent_exclusions is not null) as permanent_exclusions
    from delivered_exclusions as delivered
    inner join person_keys
        on person_keys.key_kind = 'pupil' and delivered.pupil_reference = person_keys.key
    left join codelist_flag
        on upper(delivered.total_permanent_exclusions) = codelist_flag.code
    where
        delivered.file_year is not null
        and coalesce(
            cast(delivered.total_fixed_exclusions as varchar),
            cast(delivered.total_fixed_sessions as varchar), delivered.total_permanent_exclusions
        ) is not null
    group by person_keys.person_id, delivered.file_year
),

found as (
    select
        person_id,
        cast(year(start_date + to_months(4)) as integer) as academic_year,
        count(*) filter (where category <> 'permanent') as fixed_exclusions,
        sum(cast(sessions as decimal(18, 1))) filter (where category <> 'permanent')
            as fixed_sessions,
        count(*) filter (where category = 'permanent') as permanent_exclusions
    from exclusions
    group by all
),

compared as (
    select
        supplied.academic_year,
        unnest(['fixed_exclusions', 'fixed_sessions', 'permanent_exclusions']) as measure,
        unnest([
            cast(supplied.fixed_exclusions as decimal(18, 1)),
            supplied.fixed_sessions,
            cast(supplied.permanent_exclusions as decimal(18, 1))
        ]) as total,
        unnest([
            cast(coalesce(found.fixed_exclusions, 0) as decimal(18, 1)),
            cast(coalesce(found.fixed_sessions, 0) as decimal(18, 1)),
            cast(coalesce(found.permanent_exclusions, 0) as decimal(18, 1))
        ]) as recounted
    from supplied
    left join found
        on
            supplied.person_id = found.person_id
            and supplied.academic_year = found.academic_year
)

select
    academic_year,
    measure,
    count(*) as pupils,
    count(*) filter (where total = recounted) as pupils_agreeing,
    count(*) filter (where total > recounted) as pupils_more_supplied,
    count(*) filter (where total < recounted) as pupils_more_found
from compared
where total is not null
group by academic_year, measure
