-- Grain: one row per pupil of the six cohorts and proven offence from age 10 to the end of Year 13,
-- by the day of the offence. Serious violence: violence against the person, robbery and possession
-- of weapons; common assault is no part of these groups, which hold what may be tried on
-- indictment (offence classification of the Ministry of Justice).
select
    six_cohorts.person_id,
    offences.offence_date,
    offences.disposal_date,
    offences.offence_group,
    greatest(10, date_sub('year', six_cohorts.birth_date, offences.offence_date)) as age,
    coalesce(offences.offence_group in (
        'violence_against_the_person', 'robbery', 'possession_of_weapons'
    ), false) as is_serious
from six_cohorts
inner join offences using (person_id)
where
    offences.is_proven
    and not offences.is_before_age_10
    and offences.offence_date < six_cohorts.year_13_end_date
