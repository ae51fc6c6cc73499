-- Grain: one row per figure, part and span of ages.
-- Which births are followed through which ages; seen_from: records that begin after birth.
with kinds (kind) as (values ('referred'), ('assessed'), ('in_need'), ('plan')),

stitched (span_no, first_age, last_age, born_from, seen_from) as (
    values
    (1, 0, 5, date '2012-04-01', null),
    (2, 6, 12, date '2005-04-01', date '2011-04-01'),
    (3, 13, 17, date '2000-04-01', date '2011-04-01')
),

single (
    figure, part, kind, ethnic_group, span_no, first_age, last_age, born_from, years, seen_from
) as (
    values
    ('F053', 'in_need', 'in_need', null, 1, 0, 4, date '2012-04-01', 1, null),
    ('F055', 'born_2000', 'care', null, 1, 0, 4, date '2005-04-01', 1, null),
    ('F055', 'born_2000', 'care', null, 2, 5, 17, date '2000-01-01', 1, date '2005-04-01'),
    ('F059', 'white', 'care', 'white', 1, 0, 4, date '2005-04-01', 3, null),
    ('F059', 'white', 'care', 'white', 2, 5, 8, date '2001-01-01', 3, date '2005-04-01'),
    ('F059', 'black', 'care', 'black', 1, 0, 4, date '2005-04-01', 3, null),
    ('F059', 'black', 'care', 'black', 2, 5, 8, date '2001-01-01', 3, date '2005-04-01'),
    ('F060', 'born_2009_2011', 'care', null, 1, 0, 0, date '2009-01-01', 3, null)
),

spans as (
    select * from single
    union all
    select
        'F052' as figure, kinds.kind as part, kinds.kind, null as ethnic_group,
        stitched.span_no, stitched.first_age, stitched.last_age, stitched.born_from, 1 as years,
        stitched.seen_from
    from kinds
    cross join stitched
)

select
    figure, part, kind, ethnic_group, span_no, first_age, last_age, born_from,
    cast(born_from + to_years(years) as date) as born_before, seen_from
from spans
