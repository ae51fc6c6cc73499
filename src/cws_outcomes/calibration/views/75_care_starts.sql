-- Grain: one row per person and return year in which it started to be looked after.
-- As DfE counts: short breaks left out, remand kept, the first start of the year. Age, need and
-- legal status are those of that day.
with first_starts as (
    select
        person_id,
        year(start_date + interval 9 month) as return_year,
        min(start_date) as start_date
    from care_periods
    where not is_respite
    group by all
)

select
    first_starts.person_id,
    first_starts.return_year,
    greatest(0, date_sub('year', people.birth_date, first_starts.start_date)) as age,
    care_episodes.need,
    care_episodes.legal_status
from first_starts
inner join people using (person_id)
inner join care_episodes using (person_id, start_date)
