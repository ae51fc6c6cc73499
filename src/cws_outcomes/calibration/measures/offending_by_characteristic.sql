-- Grain: one row per figure and part.
-- Any offence among those with a characteristic, and among those without.
with wanted (figure, characteristic, has_it, part) as (
    values
    ('F030', 'male', true, 'male'),
    ('F030', 'female', true, 'female'),
    ('F031', 'white', true, 'white'),
    ('F031', 'black', true, 'black'),
    ('F031', 'mixed', true, 'mixed'),
    ('F031', 'asian', true, 'asian'),
    ('F032', 'in_need', true, 'in_need'),
    ('F032', 'in_need', false, 'not_in_need'),
    ('F034', 'looked_after', true, 'looked_after'),
    ('F034', 'looked_after', false, 'not_looked_after'),
    ('F035', 'suspended', true, 'suspended'),
    ('F035', 'excluded', true, 'excluded'),
    ('F035', 'provision', true, 'provision'),
    ('F035', 'plan', true, 'plan'),
    ('F035', 'support', true, 'support'),
    ('F035', 'free_meals', true, 'free_meals'),
    ('F035', 'absent', true, 'absent')
),

parts as (
    select
        figure,
        part,
        if(has_it, offenders.persons, offenders.known - offenders.persons) as numerator,
        if(has_it, everyone.persons, everyone.known - everyone.persons) as denominator
    from wanted
    inner join six_cohorts_margins as everyone
        on wanted.characteristic = everyone.characteristic and everyone.pupils = 'all'
    inner join six_cohorts_margins as offenders
        on wanted.characteristic = offenders.characteristic and offenders.pupils = 'any_offence'
)

select figure, part, 100 * numerator / denominator as value, numerator, denominator
from parts
where denominator > 0
