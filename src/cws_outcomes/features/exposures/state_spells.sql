-- Grain: one row per member and unbroken time in the state asked for, inside the window.
-- A child on a plan or looked after is also in need, and any contact follows a referral: this is
-- how DfE counts. Plans and care stand for themselves.
with matching as (  -- noqa: ST03
    select
        spell_history.person_id,
        $state as kind,
        greatest(
            spell_history.start_date,
            if($in_look_back, members.look_back_start_date, date '1900-01-01')
        ) as start_date,
        spell_history.end_date
    from spell_history
    inner join members on spell_history.person_id = members.person_id
    where
        spell_history.state = $state
        or $state = 'referral'
        or ($state = 'cin' and spell_history.state in ('cpp', 'cla'))
)

select person_id, start_date, end_date
from joined_intervals('matching', 0)
