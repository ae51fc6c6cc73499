-- Grain: one row per figure and part.
-- F138: infants (under one year) who began to be looked after in 2006/07 to 2013/14, per 10,000
-- infants at mid-year, mean and standard deviation over authorities. F161: mean Attainment 8 of
-- 2017/18 by authority: the school's for all pupils, the one responsible for those looked after or
-- in need; groups of 5 or fewer are not published, and where fewer than half of the authorities
-- have more, in a delivery much smaller than England, their spread is not measured. Noise beyond
-- that of a delivery of England's size is taken out, as in area_spread.
with infants as (
    select care_periods.la_code, count(distinct care_periods.person_id) as events
    from care_periods
    inner join people using (person_id)
    where
        not care_periods.is_respite
        and care_periods.start_date >= date '2006-04-01'
        and care_periods.start_date < date '2014-04-01'
        and date_sub('year', people.birth_date, care_periods.start_date) < 1
    group by care_periods.la_code
),

born as (
    select la_code, sum(infants) as infants
    from residents_by_area
    where year between 2006 and 2013
    group by la_code
),

pupils as (
    select attainment.person_id, attainment.value, school_years.school_la_code as la_code
    from attainment
    inner join school_years using (person_id)
    where
        attainment.measure = 'attainment_8' and year(attainment.result_date) = 2018
        and year(school_years.census_date) = 2018
),

grouped as (
    select 'all' as pupil_group, la_code, value from pupils
    union all
    select responsible.state, responsible.la_code, pupils.value
    from responsible
    inner join pupils using (person_id)
),

areas as (
    select
        'F138' as figure, 'infants' as pupil_group, infants.la_code,
        10000 * events / born.infants as mean,
        10000 * mean / born.infants as noise, true as is_published
    from infants
    inner join born using (la_code)
    union all
    select
        'F161', pupil_group, la_code, avg(value), var_samp(value) / count(*), count(*) > 5
    from grouped
    where la_code not in ('201', '420')
    group by pupil_group, la_code
),

spread_out as (
    select figure, pupil_group
    from areas
    group by figure, pupil_group
    having 2 * count_if(is_published) >= count(*)
),

moments as (
    select
        figure, pupil_group,
        avg(mean) as mean,
        sqrt(greatest(var_samp(mean) - (1 - any_value(size)) * avg(noise), 0)) as sd,
        coalesce(sd / nullif(stddev_samp(mean), 0), 0) as drawn,
        median(mean) as middle,
        quantile_cont(mean, 0.05) as low,
        quantile_cont(mean, 0.95) as high
    from areas
    cross join size_of_delivery
    inner join spread_out using (figure, pupil_group)
    where is_published
    group by figure, pupil_group
    having count(*) > 2
),

parts as (
    select
        figure, pupil_group, unnest(['mean', 'sd', 'p5', 'median', 'p95']) as quantity,
        unnest([
            mean, sd, middle + drawn * (low - middle), middle, middle + drawn * (high - middle)
        ]) as value
    from moments
)

select
    figure,
    if(figure = 'F138', quantity, pupil_group || '_' || quantity) as part,
    value,
    cast(null as double) as numerator,
    cast(null as double) as denominator
from parts
where
    quantity = 'sd' or (figure = 'F138' and quantity = 'mean')
    or (pupil_group = 'all' and quantity in ('p5', 'median', 'p95'))
