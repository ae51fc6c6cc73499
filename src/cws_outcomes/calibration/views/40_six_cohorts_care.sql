-- Grain: one row per pupil of the six cohorts, with contact seen in the windows of the release.
-- In need (plans and care included) from the first data kept by term, of 15 April 2012, and age
-- 12; looked after from April 2005 and age 6, short breaks left out, remand kept; both to the end
-- of key stage 4, when pupils are 16.
with in_need as (
    select distinct six_cohorts.person_id
    from six_cohorts
    inner join contact_states_dfe as states using (person_id)
    where
        states.state in ('cin', 'cpp', 'cla')
        and states.start_date < stage_4_end_date
        and states.end_date > greatest(date '2012-04-15', birth_date + to_years(12))
),

looked_after as (
    select distinct six_cohorts.person_id
    from six_cohorts
    inner join care_episodes as episodes using (person_id)
    where
        not episodes.is_respite
        and episodes.start_date < stage_4_end_date
        and coalesce(episodes.end_date, stage_4_end_date)
        > greatest(date '2005-04-01', birth_date + to_years(6))
)

select
    six_cohorts.person_id,
    in_need.person_id is not null as was_in_need,
    looked_after.person_id is not null as was_looked_after
from six_cohorts
left join in_need using (person_id)
left join looked_after using (person_id)
