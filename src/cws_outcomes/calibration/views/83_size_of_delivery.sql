-- Grain: one row.
-- Children of the delivery over those of the same authorities of England, 1 at the most. Published
-- counts hold the noise of England's size: what a smaller delivery has beyond it is taken out.
select coalesce(least(sum(residents.children) / sum(authorities.children_0_17), 1), 1) as size
from residents_by_area as residents
inner join authorities using (la_code)
where residents.year = 2016
