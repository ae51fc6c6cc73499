-- Grain: one row per referral whose returns disagree on source, need or disability.
-- The code that most returns hold; of as many, the one held last; then the first in the alphabet.
with disputed as (
    select person_id, referral_date
    from referral_rows
    where verdict = 'kept'
    group by person_id, referral_date
    having
        min(referral_source) != max(referral_source)
        or min(primary_need) != max(primary_need)
        or min(disabled) != max(disabled)
),

returned as (
    select referral_rows.*
    from referral_rows
    inner join disputed using (person_id, referral_date)
    where referral_rows.verdict = 'kept'
),

codes as (
    select person_id, referral_date, return_year, 'source' as attribute, referral_source as code
    from returned
    union all
    select person_id, referral_date, return_year, 'need' as attribute, primary_need as code
    from returned
    union all
    select person_id, referral_date, return_year, 'disabled' as attribute, disabled as code
    from returned
),

counted as (
    select
        person_id, referral_date, attribute, code,
        -- Returns, not rows: a row may be delivered twice, and once for every plan.
        count(distinct return_year) as returns,
        max(return_year) as last_return_year
    from codes
    where code is not null
    group by person_id, referral_date, attribute, code
),

chosen as (
    select
        person_id, referral_date, attribute,
        first(code order by returns desc, last_return_year desc, code) as code
    from counted
    group by person_id, referral_date, attribute
)

select
    person_id, referral_date,
    max(code) filter (where attribute = 'source') as referral_source,
    max(code) filter (where attribute = 'need') as primary_need,
    max(code) filter (where attribute = 'disabled') as disabled
from chosen
group by person_id, referral_date
