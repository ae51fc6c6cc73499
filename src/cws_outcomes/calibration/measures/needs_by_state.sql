-- Grain: one row per figure and part.
-- Special educational needs in January 2017 of school-age children (5 to 15 at the start of the
-- year) who were in need, plans included, or looked after for twelve months on 31 March 2017.
with pupils as (
    select
        if(pupils.state = 'cla12', 'F111', 'F110') as figure,
        pupils.sen_group
    from pupils_of_year as pupils
    inner join people using (person_id)
    where
        pupils.year = 2017
        and pupils.is_listed
        and pupils.state in ('cin', 'cpp', 'cla12')
        and 2015 - people.birth_cohort between 5 and 15
),

parts as (
    select
        figure,
        unnest(['support', 'plan', 'none']) as part,
        unnest([
            count_if(sen_group = 'support'), count_if(sen_group = 'plan'),
            count(*) - count_if(sen_group in ('support', 'plan'))
        ]) as numerator,
        unnest([count(*), count(*), count(*)]) as denominator
    from pupils
    group by figure
)

select figure, part, 100 * numerator / denominator as value, numerator, denominator
from parts
where figure = 'F110' or part != 'none'
