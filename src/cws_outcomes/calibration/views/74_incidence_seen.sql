-- Grain: one row per figure, part and span of ages.
-- First contacts since the records begin, of each age, over the residents of that age; and, for
-- records that begin after birth, the share of those known by then who are first seen again at the
-- ages of the span.
with firsts as (
    select
        spans.figure, spans.part, spans.span_no, contact_days.person_id,
        min(contact_days.age) as age
    from incidence_spans as spans
    inner join contact_days
        on
            spans.kind = contact_days.kind
            and contact_days.day >= coalesce(spans.seen_from, date '1990-01-01')
            and contact_days.birth_date >= spans.born_from
            and contact_days.birth_date < spans.born_before
            and coalesce(contact_days.ethnic_group = spans.ethnic_group, spans.ethnic_group is null)
    group by spans.figure, spans.part, spans.span_no, contact_days.person_id
),

first_ages as (
    select figure, part, span_no, age, count(*) as persons
    from firsts
    group by figure, part, span_no, age
),

-- A year's births have an age on the 1 July nearest to the end of the year in which they reach it.
residents as (
    select
        spans.figure, spans.part, spans.span_no, population.age,
        sum(population.children) as children
    from incidence_spans as spans
    inner join population
        on
            population.age between spans.first_age and spans.last_age
            and population.year - population.age > year(spans.born_from)
            and population.year - population.age
            <= year(spans.born_from) + date_diff('year', spans.born_from, spans.born_before)
            and coalesce(population.ethnic_group = spans.ethnic_group, spans.ethnic_group is null)
    group by spans.figure, spans.part, spans.span_no, population.age
),

seen as (
    select
        residents.figure, residents.part, residents.span_no,
        sum(coalesce(first_ages.persons, 0) / residents.children) as incidence,
        avg(residents.children) as children
    from residents
    left join first_ages using (figure, part, span_no, age)
    group by residents.figure, residents.part, residents.span_no
),

-- Ages on the day the records begin, in the middle of each month of birth.
ages_then as (
    select
        figure, part, kind, span_no, first_age, last_age,
        date_diff('day', unnest(range(born_from, born_before, interval 1 month)), seen_from)
        / 365.25 - 1 / 24 as age_then
    from incidence_spans
    where seen_from is not null
),

-- Of each year since, the part spent at the ages of the span.
again as (
    select
        ages_then.figure, ages_then.part, ages_then.span_no,
        sum(seen_again.share * greatest(
            0,
            least(seen_again.year_no + 1, ages_then.last_age + 1 - ages_then.age_then)
            - greatest(seen_again.year_no, ages_then.first_age - ages_then.age_then)
        )) / count(distinct ages_then.age_then) as share_again,
        avg(ages_then.age_then) as age_then
    from ages_then
    inner join seen_again using (kind)
    group by ages_then.figure, ages_then.part, ages_then.span_no
)

select
    seen.figure, seen.part, seen.span_no, spans.first_age, spans.last_age, seen.incidence,
    seen.children, again.share_again, again.age_then
from seen
inner join incidence_spans as spans using (figure, part, span_no)
left join again using (figure, part, span_no)
