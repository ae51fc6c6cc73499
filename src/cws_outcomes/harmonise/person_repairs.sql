-- Grain: one row per table and rule of the person spine that met a row or key.
with rows_of_children as (
    select
        rows_read.table_name,
        rows_read.pupil_reference as own_reference,
        la_children.pupil_reference,
        la_children.la_child_id is null as has_no_key,
        coalesce(la_children.is_reference_refused, false) as is_reference_refused
    from (
        select 'children_in_need' as table_name, la, la_child_id, pupil_reference
        from delivered_children_in_need
        union all
        select 'care_episodes' as table_name, la, la_child_id, pupil_reference
        from delivered_care_episodes
        union all
        select 'care_years' as table_name, la, la_child_id, pupil_reference
        from delivered_care_years
    ) as rows_read
    left join la_children
        on
            rows_read.la = la_children.la
            and rows_read.la_child_id = la_children.la_child_id
),

counted as (
    select
        table_name, 'noted_pupil_reference_filled_from_child' as rule,
        count(*) filter (where own_reference is null and pupil_reference is not null) as row_count
    from rows_of_children
    group by table_name
    union all
    select
        table_name, 'noted_pupil_reference_overruled_by_most_of_child' as rule,
        count(*) filter (where own_reference != pupil_reference) as row_count
    from rows_of_children
    group by table_name
    union all
    select
        table_name, 'noted_pupil_reference_refused_as_another_child_s' as rule,
        count(*) filter (where is_reference_refused) as row_count
    from rows_of_children
    group by table_name
    union all
    select
        table_name, 'noted_without_la_or_la_child_id' as rule,
        count(*) filter (where has_no_key) as row_count
    from rows_of_children
    group by table_name
    union all
    select
        'person_keys' as table_name, 'noted_moj_id_of_pupils_outside_the_spine' as rule,
        count(distinct moj_id) as row_count
    from moj_references
    where moj_id not in (select key from person_keys where key_kind = 'moj')
    union all
    select
        'people' as table_name, 'noted_several_months_of_birth' as rule,
        count(*) filter (where is_birth_disputed) as row_count
    from people
    union all
    select
        'people' as table_name, 'noted_several_sexes' as rule,
        count(*) filter (where is_sex_disputed) as row_count
    from people
    union all
    select
        'people' as table_name, 'noted_several_ethnic_groups' as rule,
        count(*) filter (where is_ethnic_group_disputed) as row_count
    from people
    union all
    select
        'people' as table_name, 'noted_several_languages' as rule,
        count(*) filter (where is_language_disputed) as row_count
    from people
)

select table_name as table, rule, row_count as rows
from counted
where row_count > 0
