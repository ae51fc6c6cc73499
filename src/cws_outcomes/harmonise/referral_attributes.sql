-- Grain: one row per referral whose returns disagree on source, need or disability.
-- The code that most returns hold; of as many, the one held last; then the last in the alphabet.
with returned as (
    select
        referral_rows.person_id, referral_rows.referral_date,
        -- A row of no year has a voice, and not the last: a null would be the largest of all.
        coalesce(referral_rows.return_year, 0) as return_year,
        referral_rows.referral_source, referral_rows.primary_need, referral_rows.disabled
    from referral_rows
    inner join referrals_settled as settled
        on
            referral_rows.person_id = settled.person_id
            and referral_rows.referral_date = settled.referral_date
    where settled.is_disputed and referral_rows.verdict = 'kept'
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
        -- Returns, not rows, as a row may come twice, and once for every plan: a bit for each.
        bit_count(bit_or(cast(1 as bigint) << (return_year % 63))) as returns,
        max(return_year) as last_return_year
    from codes
    where code is not null
    group by person_id, referral_date, attribute, code
),

chosen as (
    select
        person_id, referral_date, attribute,
        max(struct_pack(
            returns := returns, last_return_year := last_return_year, code := code
        )) as most
    from counted
    group by person_id, referral_date, attribute
)

select
    person_id, referral_date,
    max(most.code) filter (where attribute = 'source') as referral_source,
    max(most.code) filter (where attribute = 'need') as primary_need,
    max(most.code) filter (where attribute = 'disabled') as disabled
from chosen
group by person_id, referral_date
