-- Grain: one row per calendar year of proven offences that bear their own date.
-- An offence is known with its disposal. What is missing of the last years shows in the years
-- before: the shares disposed of within so many months.
with lags as (
    select
        year(offence_date) as offence_year,
        date_sub('month', offence_date, disposal_date) as months
    from offences
    where is_proven and is_date_of_offence and not is_after_disposal
),

years as (
    select
        offence_year,
        count(*) as proven_offences,
        count(*) filter (where months < 3) as within_3_months,
        count(*) filter (where months < 6) as within_6_months,
        count(*) filter (where months < 12) as within_12_months,
        count(*) filter (where months < 24) as within_24_months,
        count(*) filter (where months is null) as undated_disposals
    from lags
    group by offence_year
)

select
    cast(offence_year as integer) as offence_year,
    proven_offences, within_3_months, within_6_months, within_12_months, within_24_months,
    undated_disposals,
    case
        when 2 * within_3_months >= proven_offences - undated_disposals then 'under 3'
        when 2 * within_6_months >= proven_offences - undated_disposals then '3 to 5'
        when 2 * within_12_months >= proven_offences - undated_disposals then '6 to 11'
        when 2 * within_24_months >= proven_offences - undated_disposals then '12 to 23'
        else '24 or more'
    end as median_months
from years
