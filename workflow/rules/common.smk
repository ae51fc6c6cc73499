# Loads the study: every slip in its files is reported here, before anything runs.
from cws_outcomes.rulebook import RuleBook
from cws_outcomes.steps import STEPS

RULES = RuleBook(config.get("study", "config/study.yaml"))


wildcard_constraints:
    cohort=RULES.names("cohort"),
    exposure=RULES.names("exposure"),
    outcome=RULES.names("outcome"),
    model=RULES.names("model"),
    table=RULES.names("table"),
    figure=RULES.names("figure"),
