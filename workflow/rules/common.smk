# Loads the study: every slip in its files is reported here, before anything runs.
from cws_outcomes.rulebook import RuleBook

RULES = RuleBook(config.get("study", "config/study.yaml"))
STEP = (
    "cws step {params.job} --config {RULES.config:q} --threads {threads} "
    "--memory-mb {resources.mem_mb} --temp-folder {resources.tmpdir:q} --log {log:q}"
)


wildcard_constraints:
    cohort=RULES.names("cohort"),
    exposure=RULES.names("exposure"),
    outcome=RULES.names("outcome"),
    model=RULES.names("model"),
    table=RULES.names("table"),
    figure=RULES.names("figure"),
