-- Grain: one row per LA and return that it made, with the next one that it made.
-- By harmonised LA: a case may be sent on by a successor, or left behind when an LA is abolished.
-- A case that is gone is compared with the next return that exists: in a year without one
-- (Hackney, 2020/21 and 2021/22) nothing closes.
select
    la_code, return_year,
    lead(return_year) over (partition by la_code order by return_year) as next_return_year
from returns_made
where la_code is not null and return_year is not null
