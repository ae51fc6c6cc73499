-- Grain: one row per child of an authority.
-- Of each fact the last value that was sent stays, SSDA903 before the CIN census in one year: a
-- later return that leaves it out takes nothing away.
with kept as (
    select
        children_read.*,
        codelist_sex."group" as sex,
        codelist_ethnicity."group" as ethnic_group,
        row(return_year, source = 'header', -file_no, -row_no) as place
    from children_read
    left join codelist_sex on children_read.sex_code = codelist_sex.code
    left join codelist_ethnicity on children_read.ethnicity_code = codelist_ethnicity.code
    where rejection is null
)

select
    la_code, child_id,
    first(birth_date order by place desc) filter (where birth_date is not null) as birth_date,
    first(sex order by place desc) filter (where sex is not null) as sex,
    first(ethnic_group order by place desc) filter (
        where ethnicity_code is not null
    ) as ethnic_group,
    first(ethnicity_code order by place desc) filter (
        where ethnicity_code is not null
    ) as ethnicity_code,
    first(upn order by place desc) filter (where upn is not null) as upn,
    bool_or(source = 'header') as is_in_ssda903,
    bool_or(source = 'cin_children') as is_in_cin,
    min(return_year) as first_return_year,
    max(return_year) as last_return_year
from kept
group by la_code, child_id
