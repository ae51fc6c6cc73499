-- Grain: one row per figure and part.
-- Children starting to be looked after in a return year: how many, how old, why and under what
-- legal status. Every category of DfE has a row, also where nobody is in it.
with asked (figure, part) as (
    values
    ('F068', 'under_1'), ('F068', 'age_1_to_4'), ('F068', 'age_5_to_9'), ('F068', 'age_10_to_15'),
    ('F068', 'age_16_or_more'), ('F070', 'abuse_or_neglect'), ('F070', 'family_dysfunction'),
    ('F070', 'acute_stress'), ('F070', 'absent_parenting'), ('F070', 'unacceptable_behaviour'),
    ('F070', 'parental_disability'), ('F070', 'child_disability'), ('F071', 'voluntary'),
    ('F071', 'interim_care_order'), ('F071', 'police_protection'), ('F071', 'remand')
),

starts as (
    select
        need, legal_status,
        case
            when age < 1 then 'under_1'
            when age < 5 then 'age_1_to_4'
            when age < 10 then 'age_5_to_9'
            when age < 16 then 'age_10_to_15'
            else 'age_16_or_more'
        end as age_band
    from care_starts
    where return_year = 2013
),

described (figure, part) as (
    select 'F068', age_band from starts
    union all
    select 'F070', need from starts
    union all
    select 'F071', legal_status from starts
),

counted as (
    select
        figure, part, count(*) as children, sum(count(*)) over (partition by figure) as all_children
    from described
    where part is not null
    group by figure, part
),

shares as (
    select
        asked.figure, asked.part, coalesce(counted.children, 0) as numerator,
        max(counted.all_children) over (partition by asked.figure) as denominator
    from asked
    left join counted using (figure, part)
)

select figure, part, 100 * numerator / denominator as value, numerator, denominator
from shares
union all
select
    'F067' as figure, 'started_' || starts.return_year as part,
    count(*) * england.scale as value, count(*) as numerator, null as denominator
from care_starts as starts
inner join children_of_england as england on starts.return_year = england.year
where starts.return_year in (2013, 2015)
group by starts.return_year, england.scale
