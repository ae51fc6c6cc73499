"""What a person must meet to be in a cohort, in the order in which they are counted out."""

CRITERIA: dict[int, str] = {
    0: "Persons in the delivery",
    1: "Known by a pupil reference",
    2: "Month and year of birth known",
    3: "On roll in a spring census",
    4: "Index date, and the look-back before it, inside usable coverage",
    5: "On roll on the index date",
    6: "No recorded death, adoption or move abroad before the index date",
    7: "Local authority known on the index date",
}
