-- Grain: one row per member; value = age in years at the first day in the state, missing if never.
with first_days as (
    select person_id, min(start_date) as first_date
    from state_spells
    group by person_id
)

select
    members.person_id,
    -- A case may open before birth: the age is then 0. Never stays missing: greatest() would
    -- leave the missing one out and return 0.
    case
        when first_days.first_date is not null
            then cast(greatest(first_days.first_date - members.birth_date, 0) as double) / 365.25
    end as value
from members
left join first_days on members.person_id = first_days.person_id
