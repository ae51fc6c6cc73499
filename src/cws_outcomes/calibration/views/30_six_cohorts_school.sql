-- Grain: one row per pupil of the six cohorts, with what the school records say up to the end of
-- key stage 4.
with censuses as (
    select
        six_cohorts.person_id,
        bool_or(coalesce(is_fsm_eligible, false)) as was_fsm,
        min(census_date) filter (where sen_group in ('support', 'plan')) as sen_date,
        min(census_date) filter (where sen_group = 'plan') as plan_date,
        min(census_date) filter (where sen_type = 'social_emotional') as semh_date
    from six_cohorts
    inner join school_years using (person_id)
    where census_date < stage_4_end_date
    group by six_cohorts.person_id
),

outside_school as (
    select distinct six_cohorts.person_id
    from six_cohorts
    inner join person_keys using (person_id)
    inner join delivered_school_census as census
        on person_keys.key_kind = 'pupil' and person_keys.key = census.pupil_reference
    where
        census.census in ('pru', 'ap')
        and cast(right(census.academic_year, 4) as integer) <= six_cohorts.birth_cohort + 17
),

excluded as (
    select
        six_cohorts.person_id,
        min(start_date) filter (where category = 'suspension') as suspension_date,
        min(start_date) filter (where category = 'permanent') as exclusion_date
    from six_cohorts
    inner join exclusions using (person_id)
    where start_date < stage_4_end_date
    group by six_cohorts.person_id
)

select
    six_cohorts.person_id,
    coalesce(was_fsm, false) as was_fsm,
    sen_date,
    plan_date,
    semh_date,
    outside_school.person_id is not null as was_in_provision,
    absence_date,
    truancy_date,
    suspension_date,
    exclusion_date
from six_cohorts
left join censuses using (person_id)
left join outside_school using (person_id)
left join six_cohorts_absence using (person_id)
left join excluded using (person_id)
