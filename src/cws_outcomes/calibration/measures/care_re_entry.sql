-- Grain: one row per figure and part.
-- Children under 16 who left care in 2012 and came back within a year: the first exit of the
-- year; those who died, moved, were adopted or sentenced to custody left out, as in the study.
with exits as (
    select
        care_periods.person_id,
        min(care_periods.end_date) as exit_date
    from care_periods
    inner join people using (person_id)
    where
        not care_periods.is_respite and not care_periods.is_open
        and care_periods.end_date >= date '2012-01-01'
        and care_periods.end_date < date '2013-01-01'
        and date_sub('year', people.birth_date, care_periods.end_date) < 16
        and coalesce(care_periods.reason_ceased, '') not in (
            'died', 'transferred', 'left_england', 'adopted', 'custody'
        )
    group by care_periods.person_id
),

returns as (
    select
        exits.person_id,
        bool_or(
            coalesce(
                periods.start_date < exits.exit_date + interval 1 year, false
            )
        ) as came_back
    from exits
    left join care_periods as periods
        on
            exits.person_id = periods.person_id
            and periods.start_date > exits.exit_date
            and not periods.is_respite
    group by exits.person_id
)

select
    'F082' as figure, 'exits_2012' as part,
    100 * avg(cast(came_back as integer)) as value,
    count(*) filter (where came_back) as numerator,
    count(*) as denominator
from returns
