-- Grain: one row per figure and part.
-- Quantiles of rates between authorities, and the standard deviation of their logarithms (logits of
-- shares). Method of moments: of the variance, the mean of the authorities' own binomial or Poisson
-- noise beyond that of a delivery of England's size is taken out; quantiles are drawn towards the
-- median by the same factor. The published logit SD of F147 is without any noise, and so is ours.
with wanted (figure, parts) as (
    values
    ('F139', ['lowest', 'p25', 'median', 'p75', 'highest', 'sd_log']),
    ('F140', ['p5', 'p25', 'median', 'p75', 'p95', 'highest', 'sd_log']),
    ('F141', ['p5', 'p25', 'median', 'p75', 'p95', 'highest', 'sd_log']),
    ('F142', ['p5', 'p25', 'median', 'p75', 'highest', 'sd_log']),
    ('F143', ['p5', 'median', 'p95', 'sd_log']),
    ('F147', ['lowest', 'p25', 'median', 'p75', 'highest', 'sd_logit']),
    ('F149', ['lowest', 'p25', 'median', 'p75', 'highest']),
    ('F150', ['lowest', 'highest']),
    ('F151', ['lowest', 'p25', 'median', 'p75', 'highest']),
    ('F163', ['p25', 'median', 'p75', 'sd_log'])
),

areas as (
    select
        figure,
        per,
        is_share,
        if(is_share, ln(events / (base - events)), ln(events / base)) as position,
        1 / events + if(is_share, 1 / (base - events), 0) as noise
    from area_counts
    where events > 0 and base > events
),

moments as (
    select
        figure,
        any_value(per) as per,
        any_value(is_share) as is_share,
        quantile_cont(position, [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1]) as quantiles,
        median(position) as middle,
        var_samp(position) as variance,
        avg(noise) as noise
    from areas
    group by figure
    having count(*) > 2
),

kept as (
    select
        moments.*,
        greatest(variance - (1 - size) * noise, 0) as of_england,
        greatest(variance - noise, 0) as without_noise,
        coalesce(sqrt(of_england / nullif(variance, 0)), 0) as drawn
    from moments
    cross join size_of_delivery
),

parts as (
    select
        kept.*,
        unnest(wanted.parts) as part,
        list_position(['lowest', 'p5', 'p25', 'median', 'p75', 'p95', 'highest'], part) as place
    from wanted
    inner join kept using (figure)
)

select
    figure,
    part,
    case
        when part = 'sd_log' then sqrt(of_england)
        when part = 'sd_logit' then sqrt(without_noise)
        when is_share then per / (1 + exp(-middle - drawn * (quantiles[place] - middle)))
        else per * exp(middle + drawn * (quantiles[place] - middle))
    end as value,
    cast(null as double) as numerator,
    cast(null as double) as denominator
from parts
