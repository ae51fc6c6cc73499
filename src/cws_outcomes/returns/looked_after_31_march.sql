-- Grain: one row per authority and year in which a return of episodes ends.
-- A child counts who has an episode open at the end of 31 March: it has begun, and does not end on
-- that day or before. The episodes are those settled from all returns: one that a return left out
-- and a later one sends counts in the year between.
with years as (
    select distinct la_code, return_year, make_date(return_year, 3, 31) as day
    from returns
    where collection = 'ssda903'
)

select
    years.la_code,
    cast(years.return_year as integer) as year,
    count(distinct episode.child_id) filter (where not episode.is_respite) as children,
    count(distinct episode.child_id) as children_including_respite
from years
left join care_episodes as episode
    on
        years.la_code = episode.la_code
        and episode.start_date <= years.day
        and (episode.end_date is null or episode.end_date > years.day)
group by years.la_code, years.return_year
