# The study as a Snakemake workflow. Rules call the package's own command, `cws step`, so that the
# same work runs with and without Snakemake; src/cws_outcomes/steps.py says what each step reads.
from snakemake.utils import min_version

min_version("9.0")


# One environment for all rules: requirements/lock.txt. Named once, for `snakemake --lint`.
container: None


include: "workflow/rules/common.smk"
include: "workflow/rules/delivery.smk"
include: "workflow/rules/harmonise.smk"
include: "workflow/rules/spells.smk"
include: "workflow/rules/cohort.smk"
include: "workflow/rules/features.smk"
include: "workflow/rules/models.smk"
include: "workflow/rules/disclosure.smk"
include: "workflow/rules/print.smk"


rule all:
    default_target: True
    input:
        RULES.targets(),
