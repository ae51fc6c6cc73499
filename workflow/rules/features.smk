# Covariates and exposures from histories, outcomes from follow-ups.


rule describe_members:
    input:
        unpack(RULES.inputs("describe_members")),
    output:
        **RULES.outputs("describe_members"),
    log:
        RULES.log("describe_members"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("describe_members"),
        digest=RULES.digest("describe_members"),
    message:
        "Describing the members of {wildcards.cohort} as known on the index date"
    shell:
        STEP


rule measure_exposure:
    input:
        unpack(RULES.inputs("measure_exposure")),
    output:
        **RULES.outputs("measure_exposure"),
    log:
        RULES.log("measure_exposure"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("measure_exposure"),
        digest=RULES.digest("measure_exposure"),
    message:
        "Measuring {wildcards.exposure} in {wildcards.cohort}"
    shell:
        STEP


rule measure_outcome:
    input:
        unpack(RULES.inputs("measure_outcome")),
    output:
        **RULES.outputs("measure_outcome"),
    log:
        RULES.log("measure_outcome"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("measure_outcome"),
        digest=RULES.digest("measure_outcome"),
    message:
        "Measuring {wildcards.outcome} in {wildcards.cohort}"
    shell:
        STEP


rule build_risk_intervals:
    input:
        unpack(RULES.inputs("build_risk_intervals")),
    output:
        **RULES.outputs("build_risk_intervals"),
    log:
        RULES.log("build_risk_intervals"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("build_risk_intervals"),
        digest=RULES.digest("build_risk_intervals"),
    message:
        "Splitting time at risk of {wildcards.outcome} by state of contact in {wildcards.cohort}"
    shell:
        STEP
