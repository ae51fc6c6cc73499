"""Names that one definition uses of another must exist."""

from collections.abc import Iterator

from cws_outcomes.config.definitions import CumulativeIncidence, Cox, LaEquity, MultilevelLogit
from cws_outcomes.config.definitions import OutcomeByExposure
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
    cohorts, outcomes = sorted(study.cohorts), sorted(study.outcomes)
    exposures, models, tables = sorted(study.exposures), sorted(study.models), sorted(study.tables)
    for kind, definitions in (("outcomes", study.outcomes), ("exposures", study.exposures)):
        for name, definition in definitions.items():
            for cohort in definition.cohorts:
                yield kind, name, "cohorts", cohort, "cohorts", cohorts
    for name, model in study.models.items():
        yield "models", name, "cohort", model.cohort, "cohorts", cohorts
        if isinstance(model, CumulativeIncidence | Cox | MultilevelLogit):
            yield "models", name, "outcome", model.outcome, "outcomes", outcomes
        if isinstance(model, CumulativeIncidence | MultilevelLogit):
            yield "models", name, "exposure", model.exposure, "exposures", exposures
        if isinstance(model, LaEquity):
            yield "models", name, "group", model.group, "exposures", exposures
            for exposure in model.interventions:
                yield "models", name, "interventions", exposure, "exposures", exposures
        if isinstance(model, LaEquity | OutcomeByExposure) and model.outcomes != "all":
            for outcome in model.outcomes:
                yield "models", name, "outcomes", outcome, "outcomes", outcomes
        if isinstance(model, OutcomeByExposure) and model.exposures != "all":
            for exposure in model.exposures:
                yield "models", name, "exposures", exposure, "exposures", exposures
    for name, table in study.tables.items():
        asked = table.models if table.models != "all" else ()
        for model_name in asked:
            there = cohorts if table.layout == "flow" else models
            yield "tables", name, "models", model_name, "models", there
    for name, figure in study.figures.items():
        yield "figures", name, "table", figure.table, "tables", tables

