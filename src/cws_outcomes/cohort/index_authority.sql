-- Grain: one row per person with a known LA on the index date.
-- The LA of the open care record, else of the open plan or case, else of the last census home: a
-- looked-after child's home in the census is the placement's. Nothing after the index date counts,
-- and no code outside the study's geography, such as that of a county that was split before: a case
-- can be open under it for years.
with open_records as (
    select
        index_dates.person_id, 1 as choice, care_episodes.start_date, care_episodes.la_code
    from index_dates
    inner join care_episodes on index_dates.person_id = care_episodes.person_id
    where
        care_episodes.start_date <= index_dates.index_date
        and coalesce(care_episodes.end_date > index_dates.index_date, true)
    union all
    select index_dates.person_id, 2 as choice, plans.start_date, plans.la_code
    from index_dates
    inner join plans on index_dates.person_id = plans.person_id
    where
        plans.start_date <= index_dates.index_date
        and coalesce(plans.end_date > index_dates.index_date, true)
    union all
    select
        index_dates.person_id, 2 as choice, referrals.referral_date as start_date,
        referrals.la_code
    from index_dates
    inner join referrals on index_dates.person_id = referrals.person_id
    where
        referrals.referral_date <= index_dates.index_date
        -- A case that closed on the day it opened was open on that day.
        and (
            referrals.closure_date is null
            or greatest(referrals.closure_date, referrals.referral_date + 1)
            > index_dates.index_date
        )
    union all
    select
        index_dates.person_id, 3 as choice, school_years.census_date as start_date,
        school_years.home_la_code as la_code
    from index_dates
    inner join school_years on index_dates.person_id = school_years.person_id
    where
        school_years.census_date <= index_dates.index_date
        and school_years.home_la_code is not null
)

select person_id, first(la_code order by choice, start_date desc, la_code) as la_code
from open_records
where la_code in (select local_authorities.la_code from local_authorities)
group by person_id
