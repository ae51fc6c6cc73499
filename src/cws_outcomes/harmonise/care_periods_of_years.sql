-- Grain: one row per person and first day of a period of care, from the annual shape.
-- The latest return decides. A period that fills its return year to the end is open in it; when
-- the LA's next return lacks it, it ended on the day that return begins.
with settled as (
    select
        person_id, start_date,
        max(struct_pack(
            return_year := coalesce(return_year, 0),
            end_date := end_date,
            la_code := la_code,
            legal_status := coalesce(legal_status, ''),
            placement_code := coalesce(placement_code, ''),
            need := coalesce(need, ''),
            reason_ceased := coalesce(reason_ceased, ''),
            placement := placement
        )) as latest
    from care_year_rows
    where verdict = 'kept'
    group by person_id, start_date
),

judged as (
    select
        settled.person_id, settled.start_date, settled.latest, la_returns.next_return_year,
        coalesce(
            settled.latest.reason_ceased = 'open'
            or settled.latest.end_date >= make_date(settled.latest.return_year, 4, 1),
            false
        ) as is_open
    from settled
    left join la_returns
        on
            settled.latest.la_code = la_returns.la_code
            and settled.latest.return_year = la_returns.return_year
)

select
    person_id,
    latest.la_code,
    start_date,
    case
        when not is_open then latest.end_date
        when next_return_year is not null
            then greatest(make_date(next_return_year - 1, 4, 1), start_date + 1)
    end as end_date,
    nullif(latest.legal_status, '') as legal_status,
    latest.placement,
    nullif(latest.placement_code, '') as placement_code,
    nullif(latest.need, '') as need,
    nullif(latest.reason_ceased, '') as reason_ceased,
    is_open and next_return_year is not null as is_end_imputed
from judged
