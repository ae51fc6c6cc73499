-- Grain: one row per member, with the level its value falls in.
-- A level holds values from its lower limit up to, not including, its upper one.
select measured.person_id, measured.value, levels.level_no, levels.level
from measured
inner join levels
    on
        (measured.value is null and levels.lower_limit is null)
        or (measured.value >= levels.lower_limit and measured.value < levels.upper_limit)
