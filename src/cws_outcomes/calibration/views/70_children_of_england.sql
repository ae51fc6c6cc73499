-- Grain: one row per year.
-- England's children under 18 on 1 July (mid-year estimates of the ONS, to the nearest 10,000)
-- over those of the delivery on that day: what a count of children is multiplied by.
with estimates (year, children) as (
    values
    (2012, 11420000), (2013, 11510000), (2014, 11590000), (2015, 11680000), (2016, 11780000),
    (2017, 11870000), (2018, 11950000), (2019, 12020000)
)

select estimates.year, estimates.children / sum(population.children) as scale
from estimates
inner join population using (year)
where population.age < 18
group by estimates.year, estimates.children
