"""DeepChrome (Singh 2016): histone marks around the TSS to high or low gene expression."""

from workflow_scripts.deepchrome.baselines.grids import TABLES, grid_settings
from workflow_scripts.deepchrome.config.plan import plan_cells
from workflow_scripts.deepchrome.config.presets import training_settings

DC = f"{RESULTS}/deepchrome"
DC_CONFIG = config["deepchrome"]
DC_CELLS = {}

if "deepchrome" in config["papers"]:
    try:
        DC_CELLS = plan_cells(
            SAMPLES, RUNS, DC_CONFIG, config["tss_bins"]["n_bins"], f"{CONFIG_FILE}: deepchrome"
        )
    except UserError as error:
        refuse(error)

# the network, and its control on shuffled labels; each with its seeds
DC_SEEDS = {
    "deepchrome": DC_CONFIG["seeds"],
    "deepchrome_shuffled": list(range(1, DC_CONFIG["shuffled_controls"] + 1)),
}
DC_NETWORKS = [model for model, seeds in DC_SEEDS.items() if seeds]
DC_TRAINED = [(model, seed) for model in DC_NETWORKS for seed in DC_SEEDS[model]]
DC_BASELINES = DC_CONFIG["baselines"]["models"]
DC_MODELS = [*DC_NETWORKS, *(TABLES[model] for model in DC_BASELINES)]
# tables with the columns of metrics.tsv, of what has no predictions to score; like the figures,
# added to by the files included below
DC_SCORES = []
PAPERS["deepchrome"] = SimpleNamespace(
    title="DeepChrome",
    metrics=f"{DC}/metrics.tsv",
    targets=[],
    published=own("resources/published/deepchrome.tsv"),
)


rule deepchrome:
    input:
        # a function, since the files included below add their figures
        lambda wildcards: targets_of("deepchrome"),


rule import_marks:
    input:
        code=code("deepchrome/data/import_marks.py"),
        files=lambda w: DC_CELLS[w.cell].tables,
    output:
        marks=f"{DC}/marks/imported/{{cell}}.npz",
    log:
        f"{LOGS}/deepchrome/import_marks/{{cell}}.log",
    benchmark:
        f"{BENCH}/deepchrome/import_marks/{{cell}}.tsv"
    conda:
        "../envs/train.yaml"
    resources:
        mem_mb=growing(4000),
        runtime=30,
    params:
        kind=lambda w: DC_CELLS[w.cell].kind,
        parts=lambda w: DC_CELLS[w.cell].parts,
        marks=DC_CONFIG["marks"],
        n_bins=config["tss_bins"]["n_bins"],
    script:
        "../workflow_scripts/deepchrome/data/import_marks.py"


rule stack_marks:
    input:
        code=code("deepchrome/data/stack_marks.py"),
        signal=lambda w: [f"{RESULTS}/signal/{s}.tss.npz" for s, _ in DC_CELLS[w.cell].signal],
    output:
        marks=f"{DC}/marks/counted/{{cell}}.npz",
    log:
        f"{LOGS}/deepchrome/stack_marks/{{cell}}.log",
    benchmark:
        f"{BENCH}/deepchrome/stack_marks/{{cell}}.tsv"
    conda:
        "../envs/train.yaml"
    resources:
        mem_mb=growing(4000),
        runtime=30,
    params:
        marks=lambda w: [mark for _, mark in DC_CELLS[w.cell].signal],
    script:
        "../workflow_scripts/deepchrome/data/stack_marks.py"


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
        "../envs/train.yaml"
    resources:
        mem_mb=growing(4000),
        runtime=30,
    params:
        expression=DC_CONFIG["expression"],
        label_order=DC_CONFIG["label_order"],
        split=lambda w: DC_CELLS[w.cell].split,
        seed=config["seed"],
    script:
        "../workflow_scripts/deepchrome/data/build_deepchrome.py"


rule export_tables:
    input:
        code=code("deepchrome/data/export_tables.py"),
        dataset=f"{DC}/data/{{cell}}.npz",
    output:
        train=f"{DC}/csv/{{cell}}/train.csv.gz",
        valid=f"{DC}/csv/{{cell}}/valid.csv.gz",
        test=f"{DC}/csv/{{cell}}/test.csv.gz",
    log:
        f"{LOGS}/deepchrome/export_tables/{{cell}}.log",
    benchmark:
        f"{BENCH}/deepchrome/export_tables/{{cell}}.tsv"
    conda:
        "../envs/train.yaml"
    resources:
        mem_mb=growing(4000),
        runtime=30,
    script:
        "../workflow_scripts/deepchrome/data/export_tables.py"


# one job for all networks of a cell: starting Keras takes longer than many a training
rule train_deepchrome:
    input:
        code=code("deepchrome/training/train_deepchrome.py"),
        dataset=f"{DC}/data/{{cell}}.npz",
    output:
        weights=[f"{DC}/models/{{cell}}/{m}.seed{s}.keras" for m, s in DC_TRAINED],
        history=[f"{DC}/models/{{cell}}/{m}.seed{s}.history.tsv" for m, s in DC_TRAINED],
        record=[f"{DC}/models/{{cell}}/{m}.seed{s}.run.json" for m, s in DC_TRAINED],
    log:
        f"{LOGS}/deepchrome/train_deepchrome/{{cell}}.log",
    benchmark:
        f"{BENCH}/deepchrome/train_deepchrome/{{cell}}.tsv"
    conda:
        f"../envs/train{BUILD}.yaml"
    threads: DC_CONFIG["threads"]
    resources:
        gpu=GPU,
        mem_mb=growing(4000),
        runtime=240 * len(DC_TRAINED),
    params:
        networks=DC_TRAINED,
        shuffled=["deepchrome_shuffled"],
        network=DC_CONFIG["network"],
        training=training_settings(DC_CONFIG["preset"], DC_CONFIG["training"]),
        # not an output: Snakemake would remove it when a job is killed, and resuming needs it
        checkpoint_seconds=config["checkpoint_seconds"],
        checkpoints=f"{DC}/checkpoints/{{cell}}",
    script:
        "../workflow_scripts/deepchrome/training/train_deepchrome.py"


rule predict_deepchrome:
    input:
        code=code("deepchrome/evaluation/predict_deepchrome.py"),
        datasets=[f"{DC}/data/{cell}.npz" for cell in DC_CELLS],
        weights=[f"{DC}/models/{c}/{m}.seed{s}.keras" for c in DC_CELLS for m, s in DC_TRAINED],
    output:
        predictions=[f"{DC}/predictions/{c}.{m}.tsv.gz" for c in DC_CELLS for m in DC_NETWORKS],
    log:
        f"{LOGS}/deepchrome/predict_deepchrome.log",
    benchmark:
        f"{BENCH}/deepchrome/predict_deepchrome.tsv"
    conda:
        f"../envs/train{BUILD}.yaml"
    threads: DC_CONFIG["threads"]
    resources:
        gpu=GPU,
        mem_mb=growing(4000),
        runtime=30 + 5 * len(DC_CELLS),
    params:
        seeds={model: DC_SEEDS[model] for model in DC_NETWORKS},
        shuffled=["deepchrome_shuffled"],
    script:
        "../workflow_scripts/deepchrome/evaluation/predict_deepchrome.py"


rule fit_logistic:
    input:
        code=code("deepchrome/baselines/fit_logistic.py"),
        dataset=f"{DC}/data/{{cell}}.npz",
    output:
        predictions=f"{DC}/predictions/{{cell}}.logistic.tsv.gz",
    log:
        f"{LOGS}/deepchrome/fit_logistic/{{cell}}.log",
    benchmark:
        f"{BENCH}/deepchrome/fit_logistic/{{cell}}.tsv"
    conda:
        "../envs/train.yaml"
    resources:
        mem_mb=growing(4000),
        runtime=60,
    script:
        "../workflow_scripts/deepchrome/baselines/fit_logistic.py"


rule evaluate_deepchrome:
    input:
        code=code("deepchrome/evaluation/evaluate_deepchrome.py"),
        predictions=[f"{DC}/predictions/{c}.{m}.tsv.gz" for c in DC_CELLS for m in DC_MODELS],
        scores=lambda wildcards: DC_SCORES,
    output:
        metrics=PAPERS["deepchrome"].metrics,
    log:
        f"{LOGS}/deepchrome/evaluate_deepchrome.log",
    benchmark:
        f"{BENCH}/deepchrome/evaluate_deepchrome.tsv"
    conda:
        "../envs/train.yaml"
    resources:
        mem_mb=growing(4000),
        runtime=30,
    params:
        cells=[cell for cell in DC_CELLS for _ in DC_MODELS],
        draws=DC_CONFIG["bootstrap"],
        seed=config["seed"],
    script:
        "../workflow_scripts/deepchrome/evaluation/evaluate_deepchrome.py"


include: "deepchrome/maps.smk"
include: "deepchrome/label_order.smk"
include: "deepchrome/baselines.smk"
include: "deepchrome/tuning.smk"
include: "deepchrome/cross_cells.smk"
include: "deepchrome/figures.smk"
