-- Grain: one row per figure and part.
-- Permanent exclusions of 2012/13 by ethnic group as the January census has it, or the latest
-- before: read from the census as delivered, for harmonised groups are the major ones. Of two
-- records the first by code.
with recorded as (
    select
        person_keys.person_id,
        upper(census.ethnicity) as code
    from delivered_school_census as census
    inner join person_keys
        on person_keys.key_kind = 'pupil' and census.pupil_reference = person_keys.key
    where census.census = 'spring' and census.academic_year <= '2012/2013'
    qualify
        row_number() over (
            partition by person_keys.person_id
            order by census.academic_year desc, upper(census.ethnicity)
        ) = 1
),

pupils as (
    select
        pupils_of_year.permanent,
        pupils_of_year.is_listed,
        case
            when recorded.code = 'BCRB' then 'black_caribbean'
            when recorded.code = 'MWBC' then 'white_and_black_caribbean'
            when recorded.code = 'WBRI' then 'white_british'
            when recorded.code = 'WROM' then 'gypsy_or_roma'
            when recorded.code in ('AIND', 'APKN', 'ABAN', 'AOTH') then 'asian'
        end as part
    from pupils_of_year
    inner join recorded using (person_id)
    where pupils_of_year.year = 2013
)

select
    'F119' as figure,
    part,
    100 * sum(permanent) / count_if(is_listed) as value,
    sum(permanent) as numerator,
    count_if(is_listed) as denominator
from pupils
where part is not null
group by part
