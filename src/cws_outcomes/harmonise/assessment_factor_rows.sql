-- Grain: one row per delivered row of assessment_factors, with what becomes of it.
with placed as (
    select
        keys.person_id,
        delivered.la,
        cast(right(delivered.return_year, 4) as integer) as return_year,
        if(delivered.referral_date >= date '1930-01-01', delivered.referral_date, null)
            as referral_date,
        codelist_assessment_factor."group" as factor
    from delivered_assessment_factors as delivered
    left join person_keys as keys
        -- By the LA's child id; a row without one by its pupil reference.
        on
            keys.key_kind = if(delivered.la_child_id is null, 'pupil', 'la_child')
            and keys.la = if(delivered.la_child_id is null, '', delivered.la)
            and keys.key = coalesce(delivered.la_child_id, delivered.pupil_reference)
    left join codelist_assessment_factor
        on upper(delivered.factor) = codelist_assessment_factor.code
)

select
    person_id, return_year, referral_date, factor,
    case
        when la is null then 'dropped_no_la'
        when person_id is null then 'dropped_no_known_child'
        when return_year is null then 'dropped_no_return'
        when factor is null then 'dropped_no_factor'
        else 'kept'
    end as verdict,
    cast(null as varchar) as repair
from placed
