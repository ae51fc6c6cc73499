# Tables, figures and the report, from cleared tables only.


rule print_table:
    input:
        unpack(RULES.inputs("print_table")),
    output:
        **RULES.outputs("print_table"),
    log:
        RULES.log("print_table"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("print_table"),
        digest=RULES.digest("print_table"),
    message:
        "Printing the table {wildcards.table}"
    shell:
        STEP


rule draw_figure:
    input:
        unpack(RULES.inputs("draw_figure")),
    output:
        **RULES.outputs("draw_figure"),
    log:
        RULES.log("draw_figure"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("draw_figure"),
        digest=RULES.digest("draw_figure"),
    message:
        "Drawing the figure {wildcards.figure}"
    shell:
        STEP


rule write_report:
    input:
        unpack(RULES.inputs("write_report")),
    output:
        **RULES.outputs("write_report"),
    log:
        RULES.log("write_report"),
    threads: 1
    resources:
        mem_mb=4000,
        tmpdir=RULES.temp_folder,
    params:
        job=RULES.job("write_report"),
        digest=RULES.digest("write_report"),
    message:
        "Writing the report"
    shell:
        STEP
