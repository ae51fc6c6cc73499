-- Grain: one row per authority and year.
-- Residents at mid-year by authority as the pipeline shows it. Published spreads leave out the two
-- smallest authorities, City of London (201) and Isles of Scilly (420).
select
    local_authorities.la_code,
    population.year,
    sum(population.children) filter (where population.age < 18) as children,
    sum(population.children) filter (where population.age between 10 and 17) as youths,
    sum(population.children) filter (where population.age = 0) as infants
from population
inner join local_authorities on population.la_code = local_authorities.raw_code
where local_authorities.la_code not in ('201', '420')
group by local_authorities.la_code, population.year
