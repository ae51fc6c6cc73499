-- Grain: one row per figure and authority: events, of whom, and what the rate is given per.
-- Rates of a year to March stand over the mid-year before it. Margins of the six cohorts are by the
-- school's (offending), else the home's authority in the January of Year 11, or the nearest year.
-- First-time entrants: first caution or conviction, aged 10 to 17 on its day, by the home of the
-- last census before; entrants without a pupil record have no home, so that every authority is
-- raised by their number over those with one.
with places as (
    select
        six_cohorts.person_id,
        arg_min(school_la_code, abs(year(census_date) - birth_cohort - 17)) as school_la_code,
        arg_min(home_la_code, abs(year(census_date) - birth_cohort - 17)) as home_la_code
    from six_cohorts
    inner join school_years using (person_id)
    group by six_cohorts.person_id
),

entrants as (
    select
        first_disposals.person_id,
        arg_max(school_years.home_la_code, school_years.census_date) as la_code
    from (
        select person_id, min(disposal_date) as disposal_date
        from offences
        where is_proven
        group by person_id
    ) as first_disposals
    inner join people using (person_id)
    inner join school_years
        on
            first_disposals.person_id = school_years.person_id
            and first_disposals.disposal_date >= school_years.census_date
    where
        year(disposal_date) = 2016
        and date_sub('year', people.birth_date, disposal_date) between 10 and 17
    group by first_disposals.person_id
),

linkage as (
    select sum(moj_ids) / sum(moj_ids_linked) as per_linked
    from linkage_by_group
    where grouped_by = 'recorded_birth_year' and try_cast(level as integer) between 1999 and 2006
),

counts as (
    select
        unnest(['F139', 'F140', 'F141']) as figure, la_code, 2015 as year,
        unnest([in_need, on_plan, looked_after]) as events
    from social_care_counts
    where return_year = 2016
    union all
    select 'F142', la_code, 2015, count(*)
    from referrals
    where referral_date >= date '2015-04-01' and referral_date < date '2016-04-01'
    group by la_code
    union all
    select 'F143', la_code, 2017, count(distinct person_id)
    from care_periods
    where not is_respite and start_date >= date '2017-04-01' and start_date < date '2018-04-01'
    group by la_code
    union all
    select 'F163', la_code, 2016, count(*)
    from entrants
    group by la_code
),

margins as (
    select
        unnest(['F147', 'F149', 'F150', 'F151']) as figure,
        unnest([school_la_code, home_la_code, home_la_code, home_la_code]) as la_code,
        unnest([
            first_offence_date is not null, was_in_need, was_looked_after,
            suspension_date is not null
        ]) as had_event
    from six_cohorts_pupils
    inner join places using (person_id)
)

select
    counts.figure,
    counts.la_code,
    counts.events * if(counts.figure = 'F163', linkage.per_linked, 1) as events,
    if(counts.figure = 'F163', residents.youths, residents.children) as base,
    if(counts.figure = 'F163', 100000, 10000) as per,
    false as is_share
from counts
inner join residents_by_area as residents using (la_code, year)
cross join linkage
union all
select figure, la_code, count_if(had_event), count(*), 100, true
from margins
where la_code not in ('201', '420')
group by figure, la_code
