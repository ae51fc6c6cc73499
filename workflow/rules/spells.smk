# Episodes joined into spells, and the states of contact laid end to end.


rule merge_care_spells:
    input:
        unpack(RULES.inputs("merge_care_spells")),
    output:
        **RULES.outputs("merge_care_spells"),
    log:
        RULES.log("merge_care_spells"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("merge_care_spells"),
        digest=RULES.digest("merge_care_spells"),
    message:
        "Joining episodes of care into unbroken spells"
    shell:
        STEP


rule merge_plan_spells:
    input:
        unpack(RULES.inputs("merge_plan_spells")),
    output:
        **RULES.outputs("merge_plan_spells"),
    log:
        RULES.log("merge_plan_spells"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("merge_plan_spells"),
        digest=RULES.digest("merge_plan_spells"),
    message:
        "Joining child protection plans into spells"
    shell:
        STEP


rule merge_need_spells:
    input:
        unpack(RULES.inputs("merge_need_spells")),
    output:
        **RULES.outputs("merge_need_spells"),
    log:
        RULES.log("merge_need_spells"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("merge_need_spells"),
        digest=RULES.digest("merge_need_spells"),
    message:
        "Telling referral from need, as known on the day"
    shell:
        STEP


rule merge_contact_states:
    input:
        unpack(RULES.inputs("merge_contact_states")),
    output:
        **RULES.outputs("merge_contact_states"),
    log:
        RULES.log("merge_contact_states"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("merge_contact_states"),
        digest=RULES.digest("merge_contact_states"),
    message:
        "Laying the states of contact end to end"
    shell:
        STEP


rule merge_enrolments:
    input:
        unpack(RULES.inputs("merge_enrolments")),
    output:
        **RULES.outputs("merge_enrolments"),
    log:
        RULES.log("merge_enrolments"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("merge_enrolments"),
        digest=RULES.digest("merge_enrolments"),
    message:
        "Joining census records into enrolments"
    shell:
        STEP
