-- Grain: one row per row read from a header of SSDA903 or of a child in the CIN census, typed.
with read as (
    select
        'header' as source, file_no, row_no, la_text, year_text, child, dob, sex,
        ethnic as ethnicity, upn, mother
    from raw_header
    union all
    select
        'cin_children' as source, file_no, row_no, la_text, year_text, child,
        personbirthdate as dob, coalesce(tidy(sex), gendercurrent) as sex, ethnicity, upn,
        null as mother
    from raw_cin_children
),

typed as (
    select
        raw.source,
        resolved.la_code,
        resolved.return_year,
        raw.file_no,
        raw.row_no,
        child_key(raw.child) as child_id,
        return_date(raw.dob) as delivered_birth_date,
        -- A whole number may come back from a spreadsheet with decimals.
        regexp_replace(code(raw.sex), '\.0+$', '') as sex_code,
        code(raw.ethnicity) as ethnicity_code,
        code(raw.upn) as upn,
        regexp_replace(code(raw.mother), '\.0+$', '') as mother_code,
        tidy(raw.dob) is not null and delivered_birth_date is null as is_birth_not_read,
        is_two_digit_year(raw.dob) as is_year_completed,
        differs(child_id, raw.child) as is_child_id_tidied,
        differs(raw.mother, mother_code) or differs(raw.sex, sex_code)
        or differs(raw.ethnicity, ethnicity_code) as is_code_tidied
    from read as raw
    inner join resolved
        on
            raw.file_no = resolved.file_no
            and raw.la_text is not distinct from resolved.la_text
            and raw.year_text is not distinct from resolved.year_text
)

select
    source, la_code, return_year, file_no, row_no, child_id,
    if(delivered_birth_date < date '1900-01-01', null, delivered_birth_date) as birth_date,
    sex_code, ethnicity_code, upn, mother_code,
    if(child_id is null, 'no_child_id', null) as rejection,
    is_birth_not_read, is_year_completed, is_child_id_tidied, is_code_tidied
from typed
