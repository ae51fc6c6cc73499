-- Grain: one row per rule that met a row of absence.
-- What became of every delivered row: rows delivered are those kept, merged_… and dropped_…;
-- noted_… are rows among these. One pass; rows are told apart by a hash of 64 bits.
with delivered as (
    select
        person_keys.person_id,
        absence.pupil_reference is null as is_without_reference,
        absence.* exclude (file_year, pupil_reference),
        sessions_possible_autumn + sessions_possible_spring + sessions_possible_summer
            as three_terms,
        coalesce(sessions_possible_autumn, 0) + coalesce(sessions_possible_spring, 0)
        + coalesce(sessions_possible_summer, 0) as known_terms
    from delivered_absence as absence
    left join person_keys
        on person_keys.key_kind = 'pupil' and absence.pupil_reference = person_keys.key
),

fates as (
    select
        case
            when is_without_reference then 'dropped_without_pupil_reference'
            when person_id is null then 'dropped_without_person'
            when academic_year is null then 'dropped_without_academic_year'
            when right(academic_year, 4) in ('2020', '2021') then 'dropped_year_not_usable'
            when
                coalesce(
                    three_terms, sessions_possible_five_half_terms,
                    if(
                        coalesce(
                            sessions_possible_autumn, sessions_possible_spring,
                            sessions_possible_summer
                        ) is null,
                        sessions_possible_annual,
                        known_terms
                    ),
                    0
                ) <= 0 then 'dropped_no_session_possible'
            else 'used'
        end as fate,
        count(*) as row_count,
        count(distinct hash(delivered)) as distinct_rows,
        count(*) filter (
            where three_terms <> sessions_possible_five_half_terms
        ) as terms_disagree
    from delivered
    group by fate
),

kept as (
    select count(*) as years, coalesce(sum(registrations), 0) as registrations
    from absence_years
),

counted as (
    select 'delivered' as rule, sum(row_count) as row_count from fates
    union all
    select fate, row_count from fates where fate <> 'used'
    union all
    select 'dropped_exact_repeat', row_count - distinct_rows from fates where fate = 'used'
    union all
    select 'dropped_over_420_sessions', distinct_rows - registrations
    from fates cross join kept where fate = 'used'
    union all
    select 'merged_schools_of_a_year', registrations - years from kept
    union all
    select 'kept', years from kept
    union all
    select 'noted_terms_unlike_five_half_terms', sum(terms_disagree) from fates
)

select 'absence' as table, rule, cast(row_count as bigint) as rows
from counted
where row_count <> 0
