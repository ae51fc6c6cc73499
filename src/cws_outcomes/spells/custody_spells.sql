-- Grain: one row per unbroken spell in custody; a person's spells never touch.
-- Stays in prison where they are delivered. Else the length of each sentence to immediate custody,
-- from the day it was passed: an upper limit, as most of those sentenced are released earlier.
with counted as (  -- noqa: ST03
    select
        person_id, 'custody' as kind, start_date,
        least(coalesce(end_date, $coverage_offences_end::date), $coverage_offences_end::date)
            as end_date
    from custody_stays
    where start_date < $coverage_offences_end::date
    union all
    select
        person_id, 'custody' as kind, custody_date as start_date,
        least(custody_date + sentence_days, $coverage_offences_end::date) as end_date
    from offences
    where
        is_custody
        and sentence_days > 0
        and custody_date < $coverage_offences_end::date
        and not exists (select 1 from custody_stays)
)

select person_id, start_date, end_date, intervals_joined as stays
from joined_intervals('counted', $custody_max_gap_days)
