-- Grain: one row per figure and part.
-- Absence of 2018/19, all six half terms, of pupils aged 5 to 15 at its start, by state on 31 March
-- 2019. Overall: sessions missed of those possible. Persistent: a tenth missed; severe: half.
with pupils as (
    select
        coalesce(children.state, 'none') as state,
        absence.sessions_possible + coalesce(absence.sixth_possible, 0) as possible,
        absence.sessions_missed + coalesce(absence.sixth_missed, 0) as missed
    from absence_years as absence
    inner join people using (person_id)
    left join children_at_31_march as children
        on absence.person_id = children.person_id and children.year = 2019
    where
        absence.academic_year = 2019
        and 2017 - people.birth_cohort between 5 and 15
),

grouped as (
    select
        unnest(['all', state]) as part, possible, missed
    from pupils
),

counts as (
    select
        part,
        count(*) as pupils,
        sum(possible) as possible,
        sum(missed) as missed,
        count_if(missed * 10 >= possible) as persistent,
        count_if(missed * 2 >= possible) as severe
    from grouped
    where part in ('all', 'cin', 'cpp', 'cla12')
    group by part
),

parts as (
    select
        part,
        unnest(['F101', 'F102', 'F103']) as figure,
        unnest([missed, persistent, severe]) as numerator,
        unnest([possible, pupils, pupils]) as denominator
    from counts
)

select figure, part, 100 * numerator / denominator as value, numerator, denominator
from parts
