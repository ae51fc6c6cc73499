"""Names that one definition uses of another must exist."""

from collections.abc import Iterator

from cws_outcomes.config.study import Study


def broken_references(study: Study) -> list[str]:
    """
    Every name in the study's definitions that nothing answers to.

    Parameters
    ----------
    study : Study
        A study whose files are each valid.

    Returns
    -------
    list of str
        One line a broken name, with file, key and what is there.
    """
    return [
        f"{study.definitions / kind / f'{name}.yaml'}: {key}: '{asked}' is not among "
        f"{there_kind}: {', '.join(there) or 'none'}"
        for kind, name, key, asked, there_kind, there in _references(study)
        if asked not in there
    ]


def _references(study: Study) -> Iterator[tuple[str, str, str, str, str, list[str]]]:
    """Kind and name of the definition, its key, the name it asks for, and what there is."""
    there = {
        kind: sorted(getattr(study, kind))
        for kind in ("cohorts", "outcomes", "exposures", "models", "tables")
    }
    for kind, name, key, asked, target in (
        *_of_features(study),
        *_of_models(study),
        *_of_printed(study),
    ):
        for one in asked:
            yield kind, name, key, one, target, there[target]


Reference = tuple[str, str, str, tuple[str, ...], str]


def _of_features(study: Study) -> Iterator[Reference]:
    for kind, definitions in (("outcomes", study.outcomes), ("exposures", study.exposures)):
        for name, definition in definitions.items():
            yield kind, name, "cohorts", definition.cohorts, "cohorts"


def _of_models(study: Study) -> Iterator[Reference]:
    for name, model in study.models.items():
        yield "models", name, "cohort", (model.cohort,), "cohorts"
        for key, target in _MODEL_KEYS.items():
            asked = getattr(model, key, ())
            names = (asked,) if isinstance(asked, str) else asked
            yield "models", name, key, () if asked == "all" else names, target


def _of_printed(study: Study) -> Iterator[Reference]:
    for name, table in study.tables.items():
        target = "cohorts" if table.layout == "flow" else "models"
        yield "tables", name, "models", () if table.models == "all" else table.models, target
    for name, figure in study.figures.items():
        yield "figures", name, "table", (figure.table,), "tables"


_MODEL_KEYS = {
    "outcome": "outcomes",
    "outcomes": "outcomes",
    "exposure": "exposures",
    "exposures": "exposures",
    "group": "exposures",
    "interventions": "exposures",
}
