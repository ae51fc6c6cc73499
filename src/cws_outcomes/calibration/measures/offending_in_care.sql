-- Grain: one row per figure and part.
-- Children looked after for twelve months on 31 March, short breaks left out, and aged 10 to 17,
-- who were cautioned or sentenced in the year to that day, by the day of the disposal. The
-- published figure is told by the authority; ours wants a link to the justice records.
with ends (day) as (values (date '2013-03-31'), (date '2015-03-31')),

looked_after as (
    select distinct care_periods.person_id, ends.day
    from care_periods
    inner join people using (person_id)
    inner join ends
        on
            care_periods.start_date <= ends.day - interval 1 year
            and (care_periods.is_open or care_periods.end_date > ends.day)
    where
        not care_periods.is_respite
        and date_sub('year', people.birth_date, ends.day) between 10 and 17
),

offended as (
    select
        looked_after.person_id, looked_after.day,
        count(offences.person_id) > 0 as was_disposed
    from looked_after
    left join offences
        on
            looked_after.person_id = offences.person_id
            and offences.is_proven
            and offences.disposal_date > looked_after.day - interval 1 year
            and offences.disposal_date <= looked_after.day
    group by looked_after.person_id, looked_after.day
)

select
    'F178' as figure, 'in_' || year(day) as part,
    100 * avg(cast(was_disposed as integer)) as value,
    count(*) filter (where was_disposed) as numerator,
    count(*) as denominator
from offended
group by day
