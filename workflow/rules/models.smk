# Exact results, unchecked.


rule fit_cumulative_incidence:
    input:
        unpack(RULES.inputs("fit_cumulative_incidence")),
    output:
        **RULES.outputs("fit_cumulative_incidence"),
    log:
        RULES.log("fit_cumulative_incidence"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("fit_cumulative_incidence"),
        digest=RULES.digest("fit_cumulative_incidence"),
    message:
        "Estimating the curves of {wildcards.model}"
    shell:
        STEP


rule fit_cox:
    input:
        unpack(RULES.inputs("fit_cox")),
    output:
        **RULES.outputs("fit_cox"),
    log:
        RULES.log("fit_cox"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("fit_cox"),
        digest=RULES.digest("fit_cox"),
    message:
        "Fitting the Cox model {wildcards.model}"
    shell:
        STEP


rule fit_multilevel_logit:
    input:
        unpack(RULES.inputs("fit_multilevel_logit")),
    output:
        **RULES.outputs("fit_multilevel_logit"),
    log:
        RULES.log("fit_multilevel_logit"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("fit_multilevel_logit"),
        digest=RULES.digest("fit_multilevel_logit"),
    message:
        "Fitting {wildcards.model}"
    shell:
        STEP


rule fit_la_equity:
    input:
        unpack(RULES.inputs("fit_la_equity")),
    output:
        **RULES.outputs("fit_la_equity"),
    log:
        RULES.log("fit_la_equity"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("fit_la_equity"),
        digest=RULES.digest("fit_la_equity"),
    message:
        "Counting observed and expected events for {wildcards.model}"
    shell:
        STEP


rule fit_outcome_by_exposure:
    input:
        unpack(RULES.inputs("fit_outcome_by_exposure")),
    output:
        **RULES.outputs("fit_outcome_by_exposure"),
    log:
        RULES.log("fit_outcome_by_exposure"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("fit_outcome_by_exposure"),
        digest=RULES.digest("fit_outcome_by_exposure"),
    message:
        "Counting events for {wildcards.model}"
    shell:
        STEP
