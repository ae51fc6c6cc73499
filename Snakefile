# The study as a Snakemake workflow. Rules call the package's own command, `cws step`, so that the
# same work runs with and without Snakemake; src/cws_outcomes/steps/ says what each step reads.
from snakemake.utils import min_version

min_version("9.0")


include: "workflow/rules/common.smk"
include: "workflow/rules/steps.smk"


rule all:
    default_target: True
    input:
        RULES.targets(),
