-- Grain: one row per figure and part.
-- Cumulative incidence, put together from births seen at different ages. First contacts at each
-- age are divided by the residents of that age. Where the records begin after birth, contact
-- before that day is not looked at, and children known by then who are seen again (what earlier
-- ages add up to, times the shares of seen_again) are taken off.
with spans as (
    select *
    from (
        values
        ('F053', 'in_need', 'in_need', null, 1, 0, 4, date '2012-04-01', 12, null),
        ('F055', 'born_2000', 'care', null, 1, 0, 4, date '2005-04-01', 12, null),
        ('F055', 'born_2000', 'care', null, 2, 5, 17, date '2000-01-01', 12, date '2005-04-01'),
        ('F059', 'white', 'care', 'white', 1, 0, 4, date '2005-04-01', 36, null),
        ('F059', 'white', 'care', 'white', 2, 5, 8, date '2001-01-01', 36, date '2005-04-01'),
        ('F059', 'black', 'care', 'black', 1, 0, 4, date '2005-04-01', 36, null),
        ('F059', 'black', 'care', 'black', 2, 5, 8, date '2001-01-01', 36, date '2005-04-01'),
        ('F060', 'born_2009_2011', 'care', null, 1, 0, 0, date '2009-01-01', 36, null)
    ) as span (
        figure, part, kind, ethnic_group, span_no, first_age, last_age, born_from, months, seen_from
    )
    union all
    select
        'F052', kind, kind, null, span_no, first_age, last_age, born_from, 12, seen_from
    from (values ('referred'), ('assessed'), ('in_need'), ('plan')) as kinds (kind)
    cross join (
        values
        (1, 0, 5, date '2012-04-01', null),
        (2, 6, 12, date '2005-04-01', date '2011-04-01'),
        (3, 13, 17, date '2000-04-01', date '2011-04-01')
    ) as stitched (span_no, first_age, last_age, born_from, seen_from)
),

firsts as (
    select
        spans.figure, spans.part, spans.span_no, contact_days.person_id,
        min(contact_days.age) as age
    from spans
    inner join contact_days
        on
            spans.kind = contact_days.kind
            and contact_days.day >= coalesce(spans.seen_from, date '1990-01-01')
            and contact_days.birth_date >= spans.born_from
            and contact_days.birth_date < spans.born_from + to_months(spans.months)
            and coalesce(contact_days.ethnic_group = spans.ethnic_group, spans.ethnic_group is null)
    group by spans.figure, spans.part, spans.span_no, contact_days.person_id
),

first_ages as (
    select figure, part, span_no, age, count(*) as persons
    from firsts
    group by figure, part, span_no, age
),

-- Residents of each age, on the 1 July nearest to the span's births a whole number of years later.
ages as (
    select
        spans.figure, spans.part, spans.span_no, population.age,
        sum(population.children) as residents
    from spans
    inner join population
        on
            population.age between spans.first_age and spans.last_age
            and population.year - population.age - year(spans.born_from)
            between 1 and spans.months / 12
            and coalesce(population.ethnic_group = spans.ethnic_group, spans.ethnic_group is null)
    group by spans.figure, spans.part, spans.span_no, population.age
),

apparent as (
    select
        ages.figure, ages.part, ages.span_no,
        sum(coalesce(first_ages.persons, 0) / ages.residents) as rate,
        avg(ages.residents) as residents
    from ages
    left join first_ages using (figure, part, span_no, age)
    group by ages.figure, ages.part, ages.span_no
),

-- Of each year since the records began, the part in which a child is of the span's ages; averaged
-- over months of birth.
again as (
    select
        spans.figure, spans.part, spans.span_no,
        sum(seen_again.share * greatest(0,
            least(seen_again.year_no + 1, spans.last_age + 1 - births.age_then)
            - greatest(seen_again.year_no, spans.first_age - births.age_then)
        )) / any_value(spans.months) as share,
        avg(births.age_then) as age_then
    from spans
    inner join seen_again using (kind)
    cross join lateral (
        select date_diff('day', spans.born_from + to_months(month_no), spans.seen_from) / 365.25
            - 1 / 24 as age_then
        from (select unnest(range(0, spans.months)) as month_no) as months
    ) as births
    where spans.seen_from is not null
    group by spans.figure, spans.part, spans.span_no
)

select * from apparent left join again using (figure, part, span_no)
