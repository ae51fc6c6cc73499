# The only way to results/releasable/.


rule clear_flow:
    input:
        unpack(RULES.inputs("clear_flow")),
    output:
        **RULES.outputs("clear_flow"),
    log:
        RULES.log("clear_flow"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("clear_flow"),
        digest=RULES.digest("clear_flow"),
    message:
        "Clearing flow of {wildcards.cohort}"
    shell:
        STEP


rule clear_cumulative_incidence:
    input:
        unpack(RULES.inputs("clear_cumulative_incidence")),
    output:
        **RULES.outputs("clear_cumulative_incidence"),
    log:
        RULES.log("clear_cumulative_incidence"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("clear_cumulative_incidence"),
        digest=RULES.digest("clear_cumulative_incidence"),
    message:
        "Clearing cumulative incidence of {wildcards.model}"
    shell:
        STEP


rule clear_hazard_ratios:
    input:
        unpack(RULES.inputs("clear_hazard_ratios")),
    output:
        **RULES.outputs("clear_hazard_ratios"),
    log:
        RULES.log("clear_hazard_ratios"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("clear_hazard_ratios"),
        digest=RULES.digest("clear_hazard_ratios"),
    message:
        "Clearing hazard ratios of {wildcards.model}"
    shell:
        STEP


rule clear_multilevel_logit:
    input:
        unpack(RULES.inputs("clear_multilevel_logit")),
    output:
        **RULES.outputs("clear_multilevel_logit"),
    log:
        RULES.log("clear_multilevel_logit"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("clear_multilevel_logit"),
        digest=RULES.digest("clear_multilevel_logit"),
    message:
        "Clearing multilevel logit of {wildcards.model}"
    shell:
        STEP


rule clear_la_effects:
    input:
        unpack(RULES.inputs("clear_la_effects")),
    output:
        **RULES.outputs("clear_la_effects"),
    log:
        RULES.log("clear_la_effects"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("clear_la_effects"),
        digest=RULES.digest("clear_la_effects"),
    message:
        "Clearing la effects of {wildcards.model}"
    shell:
        STEP


rule clear_la_equity:
    input:
        unpack(RULES.inputs("clear_la_equity")),
    output:
        **RULES.outputs("clear_la_equity"),
    log:
        RULES.log("clear_la_equity"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("clear_la_equity"),
        digest=RULES.digest("clear_la_equity"),
    message:
        "Clearing la equity of {wildcards.model}"
    shell:
        STEP


rule clear_outcome_by_exposure:
    input:
        unpack(RULES.inputs("clear_outcome_by_exposure")),
    output:
        **RULES.outputs("clear_outcome_by_exposure"),
    log:
        RULES.log("clear_outcome_by_exposure"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("clear_outcome_by_exposure"),
        digest=RULES.digest("clear_outcome_by_exposure"),
    message:
        "Clearing outcome by exposure of {wildcards.model}"
    shell:
        STEP
