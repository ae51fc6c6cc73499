-- Grain: one row per person and 31 March on which it was looked after.
-- As DfE counts: short breaks left out, remand kept, open at the end of the day. Where two
-- episodes are open the later tells the place.
with days as (
    select cast(unnest(range(date '2013-03-31', date '2020-04-01', interval 1 year)) as date) as day
)

select
    care_episodes.person_id,
    year(days.day) as return_year,
    days.day,
    date_sub('year', people.birth_date, days.day) as age,
    people.ethnic_group,
    care_episodes.placement,
    care_episodes.placement_code
from care_episodes
inner join people using (person_id)
inner join days
    on
        care_episodes.start_date <= days.day
        and (care_episodes.end_date is null or care_episodes.end_date > days.day)
where not care_episodes.is_respite
qualify
    row_number() over (
        partition by care_episodes.person_id, days.day order by care_episodes.start_date desc
    ) = 1
