-- Grain: one row per child protection plan read from the CIN census, typed, with the reason for
-- which it is rejected (missing where it is not).
with typed as (
    select
        resolved.la_code,
        resolved.return_year,
        raw.file_no,
        raw.row_no,
        child_key(raw.child) as child_id,
        return_date(raw.cppstartdate) as start_date,
        return_date(raw.cppenddate) as delivered_end_date,
        tidy(raw.cppstartdate) as start_text,
        tidy(raw.cppenddate) as end_text,
        code(raw.initialcategoryofabuse) as first_abuse_code,
        code(raw.latestcategoryofabuse) as last_abuse_code,
        try_cast(tidy(raw.numberofpreviouscpp) as integer) as delivered_plans
    from raw_plans as raw
    inner join resolved
        on
            raw.file_no = resolved.file_no
            and raw.la_text is not distinct from resolved.la_text
            and raw.year_text is not distinct from resolved.year_text
)

select
    la_code, return_year, file_no, row_no, child_id, start_date,
    if(delivered_end_date < date '1930-01-01', null, delivered_end_date) as end_date,
    first_abuse_code, last_abuse_code,
    if(delivered_plans >= 0, delivered_plans, null) as previous_plans,
    case
        when child_id is null then 'no_child_id'
        when start_text is null then 'no_start_date'
        when start_date is null then 'start_date_not_read'
        when start_date < date '1930-01-01' then 'start_date_impossible'
        when start_date > make_date(return_year, 3, 31) then 'starts_after_return'
        when end_date < start_date then 'ends_before_start'
        when end_date = start_date then 'ends_on_start_day'
    end as rejection,
    end_text is not null and delivered_end_date is null as is_end_not_read
from typed
