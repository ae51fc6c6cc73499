-- Grain: one row per group of pupils (all, any_offence, serious_violence) and characteristic.
-- `known` are those of the group for whom the characteristic is recorded at all.
with grouped as (
    select
        unnest([
            'all',
            if(first_offence_date is not null, 'any_offence', null),
            if(first_serious_date is not null, 'serious_violence', null)
        ]) as pupils,
        six_cohorts_pupils.*
    from six_cohorts_pupils
),

counted as (
    select
        pupils,
        unnest([
            { 'name': 'male', 'n': count_if(sex = 'male'), 'known': count(sex) },
            { 'name': 'female', 'n': count_if(sex = 'female'), 'known': count(sex) },
            {
                'name': 'white', 'n': count_if(ethnic_group = 'white'), 'known': count(ethnic_group)
            },
            {
                'name': 'black', 'n': count_if(ethnic_group = 'black'), 'known': count(ethnic_group)
            },
            {
                'name': 'mixed', 'n': count_if(ethnic_group = 'mixed'), 'known': count(ethnic_group)
            },
            {
                'name': 'asian', 'n': count_if(ethnic_group = 'asian'), 'known': count(ethnic_group)
            },
            {
                'name': 'other', 'n': count_if(ethnic_group = 'other'), 'known': count(ethnic_group)
            },
            { 'name': 'free_meals', 'n': count_if(was_fsm), 'known': count(*) },
            { 'name': 'plan', 'n': count_if(need = 'plan'), 'known': count(*) },
            { 'name': 'support', 'n': count_if(need = 'support'), 'known': count(*) },
            { 'name': 'none', 'n': count_if(need = 'none'), 'known': count(*) },
            { 'name': 'absent', 'n': count(absence_date), 'known': count(*) },
            { 'name': 'truant', 'n': count(truancy_date), 'known': count(*) },
            { 'name': 'suspended', 'n': count(suspension_date), 'known': count(*) },
            { 'name': 'excluded', 'n': count(exclusion_date), 'known': count(*) },
            { 'name': 'provision', 'n': count_if(was_in_provision), 'known': count(*) },
            { 'name': 'in_need', 'n': count_if(was_in_need), 'known': count(*) },
            { 'name': 'looked_after', 'n': count_if(was_looked_after), 'known': count(*) }
        ]) as characteristic
    from grouped
    where pupils is not null
    group by pupils
)

select
    pupils,
    characteristic.name as characteristic,
    characteristic.n as persons,
    characteristic.known
from counted
