-- Grain: one row per figure and part.
-- Children aged 10 to 17 cautioned or sentenced in 2018/19, and those of them for the first time,
-- as if the delivery had as many children as England and Wales. Wales adds 5.5 % to England's
-- children. Persons of the justice records without a link are added in proportion, by recorded
-- year of birth, as the published counts need no link.
with disposed as (
    select people.person_id, people.birth_date, offences.disposal_date
    from offences
    inner join people using (person_id)
    where offences.is_proven and people.birth_date >= date '2000-03-01'
),

in_the_year as (
    select person_id, birth_date, min(disposal_date) as disposal_date
    from disposed
    where
        disposal_date >= date '2018-04-01' and disposal_date < date '2019-04-01'
        and date_sub('year', birth_date, disposal_date) between 10 and 17
    group by person_id, birth_date
),

children as (
    select
        in_the_year.person_id,
        year(in_the_year.birth_date) as birth_year,
        count(*) filter (where disposed.disposal_date < in_the_year.disposal_date) = 0 as is_first
    from in_the_year
    inner join disposed using (person_id)
    group by in_the_year.person_id, in_the_year.birth_date
),

links as (
    select cast(level as integer) as birth_year, moj_ids / moj_ids_linked as persons
    from linkage_by_group
    where
        grouped_by = 'recorded_birth_year' and moj_ids_linked > 0
        and try_cast(level as integer) between 2000 and 2009
),

counted as (
    select
        count(*) as linked,
        count(*) filter (where is_first) as linked_first,
        sum(coalesce(links.persons, 1)) as persons,
        sum(coalesce(links.persons, 1)) filter (where is_first) as first_persons
    from children
    left join links using (birth_year)
)

select
    'F181' as figure, 'cautioned_or_sentenced' as part,
    persons * scale * 1.055 as value, linked as numerator, null as denominator
from counted
inner join children_of_england as england on england.year = 2018
union all
select
    'F181' as figure, 'first_time' as part,
    first_persons * scale * 1.055 as value, linked_first as numerator, null as denominator
from counted
inner join children_of_england as england on england.year = 2018
