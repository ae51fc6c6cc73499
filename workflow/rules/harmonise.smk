# One person spine, one set of codes, one geography.


rule harmonise_local_authorities:
    input:
        unpack(RULES.inputs("harmonise_local_authorities")),
    output:
        **RULES.outputs("harmonise_local_authorities"),
    log:
        RULES.log("harmonise_local_authorities"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("harmonise_local_authorities"),
        digest=RULES.digest("harmonise_local_authorities"),
    message:
        "Settling the geography"
    shell:
        STEP


rule harmonise_person_keys:
    input:
        unpack(RULES.inputs("harmonise_person_keys")),
    output:
        **RULES.outputs("harmonise_person_keys"),
    log:
        RULES.log("harmonise_person_keys"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("harmonise_person_keys"),
        digest=RULES.digest("harmonise_person_keys"),
    message:
        "Building the person spine"
    shell:
        STEP


rule harmonise_people:
    input:
        unpack(RULES.inputs("harmonise_people")),
    output:
        **RULES.outputs("harmonise_people"),
    log:
        RULES.log("harmonise_people"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("harmonise_people"),
        digest=RULES.digest("harmonise_people"),
    message:
        "Describing each person"
    shell:
        STEP


rule harmonise_school_years:
    input:
        unpack(RULES.inputs("harmonise_school_years")),
    output:
        **RULES.outputs("harmonise_school_years"),
    log:
        RULES.log("harmonise_school_years"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("harmonise_school_years"),
        digest=RULES.digest("harmonise_school_years"),
    message:
        "Choosing each pupil's main census record"
    shell:
        STEP


rule harmonise_absence_years:
    input:
        unpack(RULES.inputs("harmonise_absence_years")),
    output:
        **RULES.outputs("harmonise_absence_years"),
    log:
        RULES.log("harmonise_absence_years"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("harmonise_absence_years"),
        digest=RULES.digest("harmonise_absence_years"),
    message:
        "Adding up absence"
    shell:
        STEP


rule harmonise_exclusions:
    input:
        unpack(RULES.inputs("harmonise_exclusions")),
    output:
        **RULES.outputs("harmonise_exclusions"),
    log:
        RULES.log("harmonise_exclusions"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("harmonise_exclusions"),
        digest=RULES.digest("harmonise_exclusions"),
    message:
        "Harmonising exclusions"
    shell:
        STEP


rule harmonise_attainment:
    input:
        unpack(RULES.inputs("harmonise_attainment")),
    output:
        **RULES.outputs("harmonise_attainment"),
    log:
        RULES.log("harmonise_attainment"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("harmonise_attainment"),
        digest=RULES.digest("harmonise_attainment"),
    message:
        "Harmonising attainment"
    shell:
        STEP


rule harmonise_referrals:
    input:
        unpack(RULES.inputs("harmonise_referrals")),
    output:
        **RULES.outputs("harmonise_referrals"),
    log:
        RULES.log("harmonise_referrals"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("harmonise_referrals"),
        digest=RULES.digest("harmonise_referrals"),
    message:
        "Settling referrals that recur in several returns"
    shell:
        STEP


rule harmonise_plans:
    input:
        unpack(RULES.inputs("harmonise_plans")),
    output:
        **RULES.outputs("harmonise_plans"),
    log:
        RULES.log("harmonise_plans"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("harmonise_plans"),
        digest=RULES.digest("harmonise_plans"),
    message:
        "Settling child protection plans"
    shell:
        STEP


rule harmonise_care_episodes:
    input:
        unpack(RULES.inputs("harmonise_care_episodes")),
    output:
        **RULES.outputs("harmonise_care_episodes"),
    log:
        RULES.log("harmonise_care_episodes"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("harmonise_care_episodes"),
        digest=RULES.digest("harmonise_care_episodes"),
    message:
        "Harmonising episodes of care"
    shell:
        STEP


rule harmonise_offences:
    input:
        unpack(RULES.inputs("harmonise_offences")),
    output:
        **RULES.outputs("harmonise_offences"),
    log:
        RULES.log("harmonise_offences"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("harmonise_offences"),
        digest=RULES.digest("harmonise_offences"),
    message:
        "Linking offences and choosing the best disposal"
    shell:
        STEP


rule harmonise_exits:
    input:
        unpack(RULES.inputs("harmonise_exits")),
    output:
        **RULES.outputs("harmonise_exits"),
    log:
        RULES.log("harmonise_exits"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("harmonise_exits"),
        digest=RULES.digest("harmonise_exits"),
    message:
        "Finding recorded deaths, adoptions and moves abroad"
    shell:
        STEP


rule count_linkage:
    input:
        unpack(RULES.inputs("count_linkage")),
    output:
        **RULES.outputs("count_linkage"),
    log:
        RULES.log("count_linkage"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("count_linkage"),
        digest=RULES.digest("count_linkage"),
    message:
        "Counting what was linked"
    shell:
        STEP
