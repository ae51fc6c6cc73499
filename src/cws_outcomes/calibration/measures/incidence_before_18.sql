-- Grain: one row per figure and part.
-- Cumulative incidence, put together from births that are seen at different ages. Children known
-- before the records of their births begin are no newcomers when seen again: what the earlier
-- ages add up to on that day, times the share seen again, is taken off.
with first_span as (
    select figure, part, children, incidence, first_age, last_age
    from incidence_seen
    where span_no = 1
),

second_span as (
    select
        spans.figure, spans.part, spans.first_age, spans.last_age,
        spans.incidence - spans.share_again * first_span.incidence * least(
            1, (spans.age_then - first_span.first_age)
            / (first_span.last_age + 1 - first_span.first_age)
        ) as incidence
    from incidence_seen as spans
    inner join first_span using (figure, part)
    where spans.span_no = 2
),

third_span as (
    select
        spans.figure, spans.part,
        spans.incidence - spans.share_again * (
            first_span.incidence
            + second_span.incidence * least(
                1, (spans.age_then - second_span.first_age)
                / (second_span.last_age + 1 - second_span.first_age)
            )
        ) as incidence
    from incidence_seen as spans
    inner join first_span using (figure, part)
    inner join second_span using (figure, part)
    where spans.span_no = 3
),

whole as (
    select
        first_span.figure, first_span.part, first_span.children,
        first_span.incidence + coalesce(second_span.incidence, 0)
        + coalesce(third_span.incidence, 0) as incidence
    from first_span
    left join second_span using (figure, part)
    left join third_span using (figure, part)
)

select
    figure, part,
    100 * incidence as value,
    incidence * children as numerator,
    children as denominator
from whole
