-- Grain: one row per member; value = rank of the highest state in the window, 0 = none observed.
with seen as (
    select
        spell_history.person_id,
        max(list_position(['referral', 'cin', 'cpp', 'cla'], spell_history.state)) as state_rank
    from spell_history
    inner join members on spell_history.person_id = members.person_id
    where not $in_look_back or spell_history.end_date > members.look_back_start_date
    group by spell_history.person_id
)

select members.person_id, cast(coalesce(seen.state_rank, 0) as double) as value
from members
left join seen on members.person_id = seen.person_id
