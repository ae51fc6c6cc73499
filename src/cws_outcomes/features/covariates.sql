-- Grain: one row per member, as known on the index date.
with last_census as (
    select
        person_id,
        first(is_fsm_eligible order by census_date desc) filter (
            where is_fsm_eligible is not null
        ) as is_fsm_eligible,
        first(sen_group order by census_date desc) filter (
            where sen_group is not null
        ) as sen_group,
        first(idaci_ridit order by census_date desc) filter (
            where idaci_ridit is not null
        ) as idaci_ridit
    from school_history
    group by person_id
),

-- Whole numbers of millionths, so that the mean does not depend on the order of adding.
mean_idaci as (
    select
        cast(sum(cast(round(idaci_ridit * 1e6) as bigint)) as double)
        / count(*) / 1e6 as idaci_ridit
    from last_census
    where idaci_ridit is not null
),

scores as (
    select
        result_history.person_id,
        year(result_history.result_date) as year_of_results,
        result_history.value
    from result_history
    where result_history.measure = 'key_stage_2'
),

thirds as (
    select
        person_id,
        -- Share of the year's pupils at or below: ties share a third.
        cume_dist() over (partition by year_of_results order by value) as share
    from scores
)

select
    members.person_id,
    members.la_code,
    cast(members.birth_cohort as varchar) as birth_cohort,
    coalesce(people.sex, 'unknown') as sex,
    coalesce(people.ethnic_group, 'unknown') as ethnic_group,
    coalesce(people.language, 'unknown') as language,
    coalesce(last_census.is_fsm_eligible, false) as is_fsm_eligible,
    coalesce(last_census.sen_group, 'unknown') as sen_group,
    coalesce(last_census.idaci_ridit, mean_idaci.idaci_ridit, 0.5) as idaci_ridit,
    case
        when last_census.idaci_ridit is null then 'unknown'
        when last_census.idaci_ridit > 0.8 then '1'
        when last_census.idaci_ridit > 0.6 then '2'
        when last_census.idaci_ridit > 0.4 then '3'
        when last_census.idaci_ridit > 0.2 then '4'
        else '5'
    end as idaci_fifth,
    case
        when thirds.share is null then 'unknown'
        when thirds.share <= 1.0 / 3 then 'low'
        when thirds.share <= 2.0 / 3 then 'middle'
        else 'high'
    end as prior_attainment,
    members.is_left_truncated
from members
cross join mean_idaci
inner join people on members.person_id = people.person_id
left join last_census on members.person_id = last_census.person_id
left join thirds on members.person_id = thirds.person_id
