-- Grain: one row per person and unbroken time in one state of contact, from first contact on.
-- Need as DfE counts it. The highest state open holds (referral < cin < cpp < cla); post when none
-- is open any more. For counts: how a case will end is not known while it is open.
with open_states as (  -- noqa: ST03
    select person_id, if(state = 'cin', 2, 1) as state_rank, start_date, end_date
    from need_spells_dfe
    union all
    select person_id, 3 as state_rank, start_date, end_date from plan_spells
    union all
    select person_id, 4 as state_rank, start_date, end_date from care_spells
)

select
    person_id, start_date, end_date,
    case state_rank
        when 4 then 'cla' when 3 then 'cpp' when 2 then 'cin' when 1 then 'referral'
        else 'post'
    end as state
from highest_states('open_states', least($coverage_children_in_need_end, $coverage_care_end)::date)
