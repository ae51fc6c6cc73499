-- Grain: one row per figure and part.
-- F113: pupils born September 2002 to August 2003 who were ever on a roll up to January 2019, when
-- school is compulsory for the last time: ever referred, ever with special educational needs (SEN),
-- ever in a unit or other provision. F115: permanently excluded in 2016/17 with SEN or free meals
-- in that January, or in need on 31 March.
with school as (
    select
        people.person_id,
        bool_or(coalesce(sen_group in ('support', 'plan'), false)) as had_needs,
        bool_or(census in ('pru', 'ap')) as was_outside
    from people
    inner join school_years using (person_id)
    where people.birth_cohort = 2002 and school_years.census_date < date '2019-02-01'
    group by people.person_id
),

beside_school as (
    select distinct person_keys.person_id
    from delivered_school_census as census
    inner join person_keys
        on person_keys.key_kind = 'pupil' and census.pupil_reference = person_keys.key
    where census.census in ('pru', 'ap') and right(census.academic_year, 4) <= '2019'
),

referred as (
    select distinct person_id from referrals
    where referral_date < date '2019-02-01'
),

cohort as (
    select
        had_needs,
        referred.person_id is not null as was_referred,
        was_outside or beside_school.person_id is not null as was_outside
    from school
    left join beside_school using (person_id)
    left join referred using (person_id)
),

excluded as (
    select
        coalesce(sen_group in ('support', 'plan'), false) or coalesce(is_fsm_eligible, false)
        or state is not null as has_any
    from pupils_of_year
    where year = 2017 and permanent > 0
),

parts as (
    select
        'F113' as figure, 'referred' as part, count_if(was_referred) as numerator,
        count(*) as denominator
    from cohort
    union all
    select 'F113', 'needs_of_referred', count_if(had_needs), count(*)
    from cohort
    where was_referred
    union all
    select 'F113', 'any_of_three', count_if(had_needs or was_referred or was_outside), count(*)
    from cohort
    union all
    select 'F115', 'any_of_three', count_if(has_any), count(*)
    from excluded
)

select figure, part, 100 * numerator / denominator as value, numerator, denominator
from parts
where denominator > 0
