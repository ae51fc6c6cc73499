-- Grain: one row per member of the cohort.
select
    person_id, index_date, look_back_start_date, birth_date, birth_cohort, la_code, last_date,
    is_left_truncated
from eligibility
where failed_step is null
