-- Grain: one row per figure and part.
-- Reasons for which children ceased to be looked after in 2014/15: as DfE counts, short breaks
-- left out, the last time in the year.
with asked (part) as (
    values
    ('home'), ('adopted'), ('guardianship'), ('independent'), ('residence_order'), ('custody')
),

exits as (
    select
        person_id,
        max_by(struct_pack(reason := reason_ceased), end_date).reason as reason_ceased
    from care_periods
    where
        not is_respite and not is_open
        and end_date >= date '2014-04-01' and end_date < date '2015-04-01'
    group by person_id
),

counted as (
    select
        asked.part,
        count(*) filter (where exits.reason_ceased = asked.part) as numerator,
        count(*) as denominator
    from asked
    cross join exits
    group by asked.part
)

select
    'F075' as figure, part, 100 * numerator / denominator as value, numerator, denominator
from counted
