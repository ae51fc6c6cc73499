-- Grain: one row per figure and part.
-- How many of all pupils, of those with any offence and of those with serious violence.
with wanted (figure, characteristic) as (
    values
    ('F006', 'male'), ('F010', 'free_meals'), ('F011', 'free_meals'), ('F012', 'support'),
    ('F015', 'absent'), ('F016', 'truant'), ('F017', 'suspended'), ('F018', 'excluded'),
    ('F020', 'provision'), ('F021', 'in_need'), ('F023', 'looked_after')
),

parts as (
    select figure, pupils as part, persons, known
    from wanted
    inner join six_cohorts_margins using (characteristic)
    where
        case figure
            when 'F011' then pupils = 'serious_violence'
            when 'F006' then true
            when 'F016' then true
            when 'F020' then true
            else pupils != 'serious_violence'
        end
    union all
    select if(pupils = 'all', 'F007', 'F008'), characteristic, persons, known
    from six_cohorts_margins
    where
        pupils != 'serious_violence'
        and characteristic in ('white', 'black', 'mixed', 'asian', 'other')
    union all
    select 'F013', pupils || '_' || characteristic, persons, known
    from six_cohorts_margins
    where pupils != 'serious_violence' and characteristic in ('plan', 'none')
    union all
    select 'F014', characteristic, persons, known
    from six_cohorts_margins
    where pupils = 'serious_violence' and characteristic in ('plan', 'support', 'none')
)

select figure, part, 100 * persons / known as value, persons as numerator, known as denominator
from parts
where known > 0
