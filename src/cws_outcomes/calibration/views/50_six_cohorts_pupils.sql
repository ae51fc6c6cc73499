-- Grain: one row per pupil of the six cohorts, with all that its margins need.
with offenders as (
    select
        person_id,
        min(offence_date) as first_offence_date,
        min(offence_date) filter (where is_serious) as first_serious_date
    from six_cohorts_offences
    group by person_id
)

select
    six_cohorts.person_id,
    birth_cohort,
    sex,
    ethnic_group,
    first_offence_date,
    first_serious_date,
    was_fsm,
    case
        when plan_date is not null then 'plan' when sen_date is not null then 'support' else 'none'
    end as need,
    sen_date,
    plan_date,
    semh_date,
    was_in_provision,
    absence_date,
    truancy_date,
    suspension_date,
    exclusion_date,
    was_in_need,
    was_looked_after
from six_cohorts
inner join six_cohorts_school using (person_id)
inner join six_cohorts_care using (person_id)
left join offenders using (person_id)
