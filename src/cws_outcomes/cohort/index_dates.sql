-- Grain: one row per person: the index date, the look-back before it and the longest follow-up.
with births as (
    select
        people.person_id,
        people.has_pupil_reference,
        people.birth_date,
        people.birth_cohort,
        people.birth_date + to_years(cast($age_years as integer)) as birthday
    from people
),

first_census as (
    select person_id, min(census_date) as first_census_date
    from school_years
    where is_on_roll
    group by person_id
),

dated as (
    select
        births.*,
        first_census.first_census_date,
        if(
            $is_entry,
            greatest(
                cast(birthday as date), first_census_date, $children_in_need_start::date,
                $care_start::date
            ),
            cast(birthday as date)
        ) as index_date,
        case $until
            when '18th_birthday' then cast(birth_date + to_years(18) as date)
            when 'end_of_year_11' then make_date(birth_cohort + 17, 9, 1)
            when 'end_of_year_13' then make_date(birth_cohort + 19, 9, 1)
        end as longest_date
    from births
    left join first_census on births.person_id = first_census.person_id
)

select
    person_id, has_pupil_reference, birth_date, birth_cohort, first_census_date, index_date,
    cast(index_date - to_months(cast($look_back_months as integer)) as date)
        as look_back_start_date,
    -- With the state of contact changing in follow-up, its coverage ends the follow-up too.
    if(
        $is_entry,
        least(
            longest_date, $children_in_need_end::date, $care_end::date, $offences_end::date
        ),
        longest_date
    ) as last_date
from dated
