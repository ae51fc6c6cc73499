-- Grain: one row per unbroken spell of care; a person's spells never touch.
with counted as (  -- noqa: ST03
    select
        person_id,
        'cla' as kind,
        start_date,
        least(coalesce(end_date, $coverage_care_end::date), $coverage_care_end::date) as end_date
    from care_episodes
    where
        ($care_include_respite or not is_respite)
        and ($care_include_remand or not is_remand)
        and start_date < $coverage_care_end::date
)

select person_id, start_date, end_date, intervals_joined as episodes
from joined_intervals('counted', $care_max_gap_days)
