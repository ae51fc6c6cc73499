# The delivery: invented where the study asks for it, then read table by table.


rule make_synthetic_delivery:
    output:
        **RULES.outputs("make_synthetic_delivery"),
    log:
        RULES.log("make_synthetic_delivery"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("make_synthetic_delivery"),
        digest=RULES.digest("make_synthetic_delivery"),
    message:
        "Making the synthetic delivery"
    shell:
        STEP


rule ingest_school_census:
    input:
        unpack(RULES.inputs("ingest_school_census")),
    output:
        **RULES.outputs("ingest_school_census"),
    log:
        RULES.log("ingest_school_census"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("ingest_school_census"),
        digest=RULES.digest("ingest_school_census"),
    message:
        "Reading school census"
    shell:
        STEP


rule ingest_absence:
    input:
        unpack(RULES.inputs("ingest_absence")),
    output:
        **RULES.outputs("ingest_absence"),
    log:
        RULES.log("ingest_absence"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("ingest_absence"),
        digest=RULES.digest("ingest_absence"),
    message:
        "Reading absence"
    shell:
        STEP


rule ingest_exclusions:
    input:
        unpack(RULES.inputs("ingest_exclusions")),
    output:
        **RULES.outputs("ingest_exclusions"),
    log:
        RULES.log("ingest_exclusions"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("ingest_exclusions"),
        digest=RULES.digest("ingest_exclusions"),
    message:
        "Reading exclusions"
    shell:
        STEP


rule ingest_key_stage_2:
    input:
        unpack(RULES.inputs("ingest_key_stage_2")),
    output:
        **RULES.outputs("ingest_key_stage_2"),
    log:
        RULES.log("ingest_key_stage_2"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("ingest_key_stage_2"),
        digest=RULES.digest("ingest_key_stage_2"),
    message:
        "Reading key stage 2"
    shell:
        STEP


rule ingest_key_stage_4:
    input:
        unpack(RULES.inputs("ingest_key_stage_4")),
    output:
        **RULES.outputs("ingest_key_stage_4"),
    log:
        RULES.log("ingest_key_stage_4"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("ingest_key_stage_4"),
        digest=RULES.digest("ingest_key_stage_4"),
    message:
        "Reading key stage 4"
    shell:
        STEP


rule ingest_children_in_need:
    input:
        unpack(RULES.inputs("ingest_children_in_need")),
    output:
        **RULES.outputs("ingest_children_in_need"),
    log:
        RULES.log("ingest_children_in_need"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("ingest_children_in_need"),
        digest=RULES.digest("ingest_children_in_need"),
    message:
        "Reading children in need"
    shell:
        STEP


rule ingest_care_episodes:
    input:
        unpack(RULES.inputs("ingest_care_episodes")),
    output:
        **RULES.outputs("ingest_care_episodes"),
    log:
        RULES.log("ingest_care_episodes"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("ingest_care_episodes"),
        digest=RULES.digest("ingest_care_episodes"),
    message:
        "Reading care episodes"
    shell:
        STEP


rule ingest_offences:
    input:
        unpack(RULES.inputs("ingest_offences")),
    output:
        **RULES.outputs("ingest_offences"),
    log:
        RULES.log("ingest_offences"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("ingest_offences"),
        digest=RULES.digest("ingest_offences"),
    message:
        "Reading offences"
    shell:
        STEP
