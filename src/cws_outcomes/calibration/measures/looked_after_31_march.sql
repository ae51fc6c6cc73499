-- Grain: one row per figure and part.
-- Children looked after on 31 March 2015, and at any time in the year to it: how many, where, and
-- of what ethnic group. Placements as DfE groups them: homes are secure units, children's homes
-- and hostels or supported lodging (H5); independent living (P2) is none of them.
with asked (figure, part) as (
    values
    ('F073', 'foster'), ('F073', 'homes'), ('F073', 'for_adoption'), ('F073', 'with_parents'),
    ('F074', 'white'), ('F074', 'mixed'), ('F074', 'asian'), ('F074', 'black')
),

stock as (
    select
        ethnic_group,
        case
            when placement in ('foster', 'kinship') then 'foster'
            when placement_code in ('K1', 'K2', 'H1', 'H2', 'H3', 'H4', 'H5') then 'homes'
            when placement = 'adoption' then 'for_adoption'
            when placement = 'parents' then 'with_parents'
            else 'elsewhere'
        end as place
    from looked_after
    where return_year = 2015
),

described (figure, part) as (
    select 'F073', place from stock
    union all
    select 'F074', ethnic_group from stock
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
),

counts (part, children) as (
    select 'on_31_march', count(*)
    from looked_after
    where return_year = 2015
    union all
    select 'in_the_year', count(distinct person_id)
    from care_episodes
    where
        not is_respite
        and start_date < date '2015-04-01'
        and (end_date is null or end_date >= date '2014-04-01')
)

select figure, part, 100 * numerator / denominator as value, numerator, denominator
from shares
union all
select
    'F072' as figure, counts.part, counts.children * england.scale as value,
    counts.children as numerator, null as denominator
from counts
inner join children_of_england as england on england.year = 2015
