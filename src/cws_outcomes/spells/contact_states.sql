-- Grain: one row per person and unbroken time in one state of contact, from first contact on.
-- The highest state open holds (referral < cin < cpp < cla); post when none is open any more.
with open_states as (
    select person_id, start_date, end_date, if(state = 'cin', 2, 1) as state_rank
    from need_spells
    union all
    select person_id, start_date, end_date, 3 as state_rank from plan_spells
    union all
    select person_id, start_date, end_date, 4 as state_rank from care_spells
),

covered as (
    select
        person_id,
        start_date,
        least(
            end_date, $coverage_children_in_need_end::date, $coverage_care_end::date
        ) as end_date,
        state_rank
    from open_states
    where start_date < least($coverage_children_in_need_end::date, $coverage_care_end::date)
),

-- A case that closed on the day it opened leaves no interval, but contact it was: post follows.
touched as (
    select person_id, referral_date as change_date from referrals
    where referral_date < least($coverage_children_in_need_end::date, $coverage_care_end::date)
),

known as (
    select person_id from covered
    union
    select person_id from touched
),

days as (
    select person_id, start_date as change_date from covered
    union
    select person_id, change_date from touched
    union
    select person_id, end_date as change_date from covered
    union
    select
        person_id,
        least($coverage_children_in_need_end::date, $coverage_care_end::date) as change_date
    from known
),

pieces as (
    select
        person_id,
        change_date as start_date,
        lead(change_date) over (partition by person_id order by change_date) as end_date
    from days
),

ranked as (
    select
        pieces.person_id, pieces.start_date, pieces.end_date,
        coalesce(max(covered.state_rank), 0) as state_rank
    from pieces
    left join covered
        on
            pieces.person_id = covered.person_id
            and pieces.start_date >= covered.start_date
            and pieces.end_date <= covered.end_date
    where pieces.end_date is not null
    group by pieces.person_id, pieces.start_date, pieces.end_date
),

changes as (
    select
        *,
        -- The first piece of a person has none before it and is a change too.
        coalesce(
            state_rank != lag(state_rank) over (partition by person_id order by start_date), true
        ) as is_change
    from ranked
),

numbered as (
    select
        *,
        count(*) filter (where is_change) over (
            partition by person_id order by start_date
            rows between unbounded preceding and current row
        ) as piece_no
    from changes
)

select
    person_id,
    min(start_date) as start_date,
    max(end_date) as end_date,
    case state_rank
        when 4 then 'cla' when 3 then 'cpp' when 2 then 'cin' when 1 then 'referral'
        else 'post'
    end as state
from numbered
group by person_id, piece_no, state_rank
