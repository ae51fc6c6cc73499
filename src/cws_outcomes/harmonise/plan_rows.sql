-- Grain: one row per delivered row of children_in_need, with what becomes of it as a plan.
-- The last day of the extract, or of what the study covers if that is later.
with extract as (
    select
        greatest(
            $coverage_children_in_need_end::date,
            make_date(max(cast(right(return_year, 4) as integer)), 4, 1)
        ) as end_date
    from delivered_children_in_need
)

select
    keys.person_id,
    coalesce(authority.la_code, delivered.la) as la_code,
    cast(right(delivered.return_year, 4) as integer) as return_year,
    delivered.plan_start_date as start_date,
    -- A day before 1930 or after the extract is missing.
    if(
        delivered.plan_end_date between date '1930-01-01' and extract.end_date,
        delivered.plan_end_date, null
    ) as end_date,
    abuse."group" as abuse_category,
    case
        when delivered.la is null then 'dropped_no_la'
        when keys.person_id is null then 'dropped_no_child'
        when delivered.plan_start_date is null then 'dropped_no_plan'
        when delivered.plan_start_date < date '1930-01-01' then 'dropped_start_before_1930'
        when delivered.plan_start_date > extract.end_date then 'dropped_start_after_extract'
        when
            delivered.plan_start_date
            < cast(date_trunc('month', people.birth_date) as date) - 7 * 31
            then 'dropped_start_long_before_birth'
        else 'kept'
    end as verdict,
    if(
        delivered.plan_end_date not between date '1930-01-01' and extract.end_date,
        'noted_end_outside_1930_to_extract', null
    ) as repair
from delivered_children_in_need as delivered
cross join extract
left join person_keys as keys
    -- By the LA's child id; a row without one by its pupil reference.
    on
        keys.key_kind = if(delivered.la_child_id is null, 'pupil', 'la_child')
        and keys.la = if(delivered.la_child_id is null, '', delivered.la)
        and keys.key = coalesce(delivered.la_child_id, delivered.pupil_reference)
left join people on keys.person_id = people.person_id
left join local_authorities as authority on delivered.la = authority.raw_code
left join codelist_abuse_category as abuse on upper(delivered.abuse_category) = abuse.code
