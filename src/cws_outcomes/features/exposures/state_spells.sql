-- Grain: one row per member and unbroken time in the state asked for, inside the window.
-- A child on a plan or looked after is also in need, and any contact follows a referral: this is
-- how DfE counts. Plans and care stand for themselves.
with matching as (
    select
        spell_history.person_id,
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
),

starts as (
    select person_id, start_date, max(end_date) as end_date
    from matching
    where start_date < end_date
    group by person_id, start_date
),

reached as (
    select
        *,
        max(end_date) over (
            partition by person_id order by start_date
            rows between unbounded preceding and 1 preceding
        ) as covered_until
    from starts
),

numbered as (
    select
        *,
        count(*) filter (where covered_until is null or start_date > covered_until) over (
            partition by person_id order by start_date
            rows between unbounded preceding and current row
        ) as spell_no
    from reached
)

select person_id, min(start_date) as start_date, max(end_date) as end_date
from numbered
group by person_id, spell_no
