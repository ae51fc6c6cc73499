-- Grain: one row per figure and part.
-- Of children looked after on 31 March of 2016 to 2020, the share with three placements or more
-- in the year to that day.
with held as (
    select
        looked_after.person_id, looked_after.return_year, count(*) as places
    from looked_after
    inner join placements
        on
            looked_after.person_id = placements.person_id
            and placements.start_date <= looked_after.day
            and placements.end_date > make_date(looked_after.return_year - 1, 4, 1)
    where looked_after.return_year >= 2016 and not placements.is_respite
    group by looked_after.person_id, looked_after.return_year
)

select
    'F076' as figure, 'three_or_more' as part,
    100 * avg(cast(places >= 3 as integer)) as value,
    count(*) filter (where places >= 3) as numerator,
    count(*) as denominator
from held
