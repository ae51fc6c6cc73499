-- Grain: one row per person and reason for leaving observation: the first of each reason.
with recorded as (
    select
        person_id,
        case reason_ceased
            when 'died' then 'death'
            when 'adopted' then 'adoption'
            when 'left_england' then 'left_england'
        end as reason,
        end_date as exit_date
    from care_episodes
    where reason_ceased in ('died', 'adopted', 'left_england') and end_date is not null
    union all
    select
        person_id,
        case closure_reason when 'died' then 'death' when 'adopted' then 'adoption' end as reason,
        closure_date as exit_date
    from referrals
    where closure_reason in ('died', 'adopted') and closure_date is not null
)

select person_id, reason, min(exit_date) as exit_date
from recorded
group by person_id, reason
