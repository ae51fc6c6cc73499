# Who is in, from which day; each history cut in two at that day.


rule decide_eligibility:
    input:
        unpack(RULES.inputs("decide_eligibility")),
    output:
        **RULES.outputs("decide_eligibility"),
    log:
        RULES.log("decide_eligibility"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("decide_eligibility"),
        digest=RULES.digest("decide_eligibility"),
    message:
        "Deciding who is in {wildcards.cohort}"
    shell:
        STEP


rule select_members:
    input:
        unpack(RULES.inputs("select_members")),
    output:
        **RULES.outputs("select_members"),
    log:
        RULES.log("select_members"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("select_members"),
        digest=RULES.digest("select_members"),
    message:
        "Selecting the members of {wildcards.cohort}, counting who is left out"
    shell:
        STEP


rule cut_histories:
    input:
        unpack(RULES.inputs("cut_histories")),
    output:
        **RULES.outputs("cut_histories"),
    log:
        RULES.log("cut_histories"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("cut_histories"),
        digest=RULES.digest("cut_histories"),
    message:
        "Cutting each history of {wildcards.cohort} at the index date"
    shell:
        STEP
