"""Datasets of DeepChrome: histone marks by gene and bin, labels and splits."""


rule import_deepchrome_marks:
    input:
        code=code("deepchrome/data/import_marks.py"),
        files=lambda w: DC_CELLS[w.cell].tables,
    output:
        array=f"{DC}/marks/imported/{{cell}}.npz",
    log:
        f"{LOGS}/deepchrome/import_deepchrome_marks/{{cell}}.log",
    benchmark:
        f"{BENCH}/deepchrome/import_deepchrome_marks/{{cell}}.tsv"
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=30,
    params:
        kind=lambda w: DC_CELLS[w.cell].kind,
        splits=lambda w: DC_CELLS[w.cell].splits,
        marks=DC_CONFIG["marks"],
        n_bins=config["tss_bins"]["n_bins"],
    script:
        "../../workflow_scripts/deepchrome/data/import_marks.py"


rule stack_deepchrome_marks:
    input:
        code=code("deepchrome/data/stack_marks.py"),
        signal=lambda w: [f"{RESULTS}/signal/{s}.tss.npz" for s, _ in DC_CELLS[w.cell].signal],
    output:
        array=f"{DC}/marks/counted/{{cell}}.npz",
    log:
        f"{LOGS}/deepchrome/stack_deepchrome_marks/{{cell}}.log",
    benchmark:
        f"{BENCH}/deepchrome/stack_deepchrome_marks/{{cell}}.tsv"
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=30,
    params:
        # the mark of each input file
        marks=lambda w: [mark for _, mark in DC_CELLS[w.cell].signal],
        cell=lambda w: w.cell,
    script:
        "../../workflow_scripts/deepchrome/data/stack_marks.py"


rule build_deepchrome:
    input:
        code=code("deepchrome/data/build_deepchrome.py"),
        marks=branch(
            lambda w: bool(DC_CELLS[w.cell].tables),
            then=f"{DC}/marks/imported/{{cell}}.npz",
            otherwise=f"{DC}/marks/counted/{{cell}}.npz",
        ),
        expression=branch(
            lambda w: DC_CELLS[w.cell].expression,
            then=f"{RESULTS}/expression/{{cell}}.tsv",
            otherwise=[],
        ),
    output:
        dataset=f"{DC}/data/{{cell}}.npz",
    log:
        f"{LOGS}/deepchrome/build_deepchrome/{{cell}}.log",
    benchmark:
        f"{BENCH}/deepchrome/build_deepchrome/{{cell}}.tsv"
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=30,
    params:
        column=DC_CONFIG["expression"],
        label_order=DC_CONFIG["label_order"],
        split=lambda w: DC_CELLS[w.cell].split,
        seed=config["seed"],
    script:
        "../../workflow_scripts/deepchrome/data/build_deepchrome.py"


# the same data with the labels of the order that the run did not choose
use rule build_deepchrome as build_deepchrome_other_order with:
    output:
        dataset=f"{DC}/label_order/data/{{cell}}.npz",
    log:
        f"{LOGS}/deepchrome/build_deepchrome_other_order/{{cell}}.log",
    benchmark:
        f"{BENCH}/deepchrome/build_deepchrome_other_order/{{cell}}.tsv"
    params:
        label_order=DC_OTHER_ORDER,


rule export_deepchrome_tables:
    input:
        code=code("deepchrome/data/export_tables.py"),
        dataset=f"{DC}/data/{{cell}}.npz",
    output:
        train=f"{DC}/csv/{{cell}}/train.csv.gz",
        valid=f"{DC}/csv/{{cell}}/valid.csv.gz",
        test=f"{DC}/csv/{{cell}}/test.csv.gz",
    log:
        f"{LOGS}/deepchrome/export_deepchrome_tables/{{cell}}.log",
    benchmark:
        f"{BENCH}/deepchrome/export_deepchrome_tables/{{cell}}.tsv"
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=30,
    script:
        "../../workflow_scripts/deepchrome/data/export_tables.py"
