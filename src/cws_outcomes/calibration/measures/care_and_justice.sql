-- Grain: one row per figure and part.
-- Born 1996 to 1999 and on a census at age 10: care experience before 18 (short breaks left out,
-- care returns begin at ages 5 to 9), and caution or conviction for an offence at 10 to 17.
with pupils as (
    select distinct people.person_id, people.birth_date
    from people
    inner join school_years using (person_id)
    where
        year(people.birth_date) between 1996 and 1999
        and date_sub('year', people.birth_date, school_years.census_date) = 10
),

in_care as (
    select distinct pupils.person_id
    from pupils
    inner join care_episodes using (person_id)
    where
        not care_episodes.is_respite
        and care_episodes.start_date < pupils.birth_date + interval 18 year
),

offenders as (
    select pupils.person_id, bool_or(offences.is_custody) as had_custody
    from pupils
    inner join offences using (person_id)
    where
        offences.is_proven
        and not offences.is_before_age_10
        and offences.offence_date < pupils.birth_date + interval 18 year
    group by pupils.person_id
),

described as (
    select
        pupils.person_id,
        in_care.person_id is not null as is_experienced,
        offenders.person_id is not null as is_offender,
        coalesce(offenders.had_custody, false) as had_custody
    from pupils
    left join in_care using (person_id)
    left join offenders using (person_id)
),

parts (figure, part, is_in, has_it) as (
    select 'F165', 'care_experienced', is_experienced, is_offender from described
    union all
    select 'F165', 'others', not is_experienced, is_offender from described
    union all
    select 'F166', 'of_offenders', is_offender, is_experienced from described
    union all
    select 'F166', 'of_those_in_custody', had_custody, is_experienced from described
    union all
    select 'F166', 'of_all', true, is_experienced from described
)

select
    figure, part,
    100 * avg(cast(has_it as integer)) as value,
    count(*) filter (where has_it) as numerator,
    count(*) as denominator
from parts
where is_in
group by figure, part
