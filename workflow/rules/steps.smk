# One rule for each step of src/cws_outcomes/steps/, under the step's name. They differ in what
# the plan says of them and in nothing else, so they are written once.
for step in STEPS.values():

    rule:
        name:
            step.name
        input:
            unpack(RULES.inputs(step.name)),
        output:
            **RULES.outputs(step.name),
        log:
            RULES.log(step.name),
        threads: step.threads
        resources:
            mem_mb=step.memory_mb,
            tmpdir=RULES.temp_folder,
        params:
            job=RULES.job(step.name),
            digest=RULES.digest(step.name),
        message:
            RULES.message(step.name)
        shell:
            "cws step {params.job} --config {RULES.config:q} --threads {threads} "
            "--memory-mb {resources.mem_mb} --temp-folder {resources.tmpdir:q} --log {log:q}"
