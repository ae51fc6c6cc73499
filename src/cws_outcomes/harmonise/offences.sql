-- Grain: one row per person and offence.
-- The best disposal is one that proves the offence, then that of the lowest rank (a missing rank
-- comes last: whatever ranks are delivered, no offence is lost), then the most severe. Custody is
-- an immediate sentence at any rank. The computer may write an older suspended sentence that is
-- put into force as plain imprisonment: custody after a suspended sentence of the case is marked.
with ranked as (
    select
        *,
        -- One number, as it is compared for millions of rows: proof, then rank, then severity.
        if(is_proven, 0, 10000000)
        + 10 * least(coalesce(disposal_rank, 1000000), 1000000)
        + case disposal_group
            when 'custody' then 1
            when 'custody_activated' then 2
            when 'custody_suspended' then 3
            when 'community' then 4
            when 'other_sentence' then 5
            when 'caution' then 6
            when 'penalty_notice' then 7
            when 'not_proven' then 8
        end as place
    from disposals
),

offences as (
    select
        person_id, moj_id, case_id, offence_id,
        min(offence_date) as offence_date,
        min(disposal_date) filter (where is_proven) as proven_date,
        min(disposal_date) as first_disposal_date,
        min(recorded_age) as recorded_age,
        bool_or(is_primary) as is_primary,
        min(offence_group) as offence_group,
        arg_min(disposal_group, place) as disposal_group,
        bool_or(is_proven) as is_proven,
        bool_or(custody_tier = 'immediate') as is_immediate,
        min(custody_tier) filter (where custody_tier != 'immediate') as other_tier,
        min(disposal_date) filter (where custody_tier = 'immediate') as custody_date,
        max(sentence_days) filter (where custody_tier = 'immediate') as sentence_days,
        min(disposal_date) filter (where custody_tier = 'suspended') as suspended_date
    from ranked
    -- Rows that name no offence are told apart by its day.
    group by person_id, moj_id, case_id, offence_id, if(offence_id is null, offence_date, null)
),

dated as (
    select
        *,
        coalesce(offence_date, proven_date, first_disposal_date) as event_date,
        coalesce(proven_date, first_disposal_date) as disposal_date,
        min(suspended_date) over (partition by person_id, moj_id, case_id) as case_suspended_date
    from offences
),

placed as (
    select
        dated.*,
        -- Birth is known by the month: only what no day of it allows is marked.
        cast(date_trunc('month', people.birth_date) as date) as earliest_birth_date,
        date_sub('year', people.birth_date, dated.offence_date) as age_by_dates
    from dated
    left join people on dated.person_id = people.person_id
    where dated.event_date is not null
)

select
    person_id,
    cast(row_number() over (
        partition by person_id
        order by event_date, moj_id, case_id, offence_id, offence_date
    ) as integer) as offence_no,
    event_date as offence_date,
    disposal_date,
    offence_date is not null as is_date_of_offence,
    offence_group,
    disposal_group,
    is_primary,
    is_proven,
    coalesce(is_immediate, false) as is_custody,
    if(is_immediate, 'immediate', other_tier) as custody_tier,
    custody_date,
    sentence_days,
    coalesce(case_id is not null and custody_date > case_suspended_date, false)
        as may_be_activation,
    coalesce(event_date < earliest_birth_date, false) as is_before_birth,
    coalesce(event_date < earliest_birth_date + to_years(10), false) as is_before_age_10,
    coalesce(offence_date > disposal_date, false) as is_after_disposal,
    coalesce(abs(recorded_age - age_by_dates) > 1, false) as is_age_disputed
from placed
