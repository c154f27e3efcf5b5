"""DeepChrome's label order: a study of the labels, and networks trained on the other order."""

from workflow_scripts.deepchrome.label_order_plan import other_order, plan_label_orders

DC_STUDY = DC_CONFIG["label_order_study"]
DC_OTHER = other_order(DC_CONFIG["label_order"])
DC_RELABELLED = []

if "deepchrome" in config["papers"]:
    try:
        where = f"{CONFIG_FILE}: deepchrome.label_order_study"
        DC_RELABELLED = plan_label_orders(DC_STUDY, DC_CELLS, where)
        if DC_STUDY["matrix"]:
            DC_STUDY["matrix"] = locate(DC_STUDY["matrix"], where)
            check_file(DC_STUDY["matrix"], f"{where}.matrix", MADE)
    except UserError as error:
        refuse(error)

if DC_STUDY["matrix"]:
    PAPERS["deepchrome"].figures += figure_files(DC, ["labelorder"])
if DC_RELABELLED:
    DC_SCORES += [f"{DC}/label_order/scores.tsv"]


rule compare_label_orders:
    input:
        code=code("deepchrome/compare_label_orders.py"),
        matrix=DC_STUDY["matrix"] or [],
        published=PAPERS["deepchrome"].published,
    output:
        cells=f"{DC}/label_order/cells.tsv",
        correlations=report(
            f"{DC}/label_order/correlations.tsv",
            caption="../resources/captions/deepchrome_labelorder.rst",
            category="DeepChrome",
            labels={"item": "Label order", "what": "correlations", "form": "table"},
        ),
    log:
        f"{LOGS}/deepchrome/compare_label_orders.log",
    benchmark:
        f"{BENCH}/deepchrome/compare_label_orders.tsv"
    conda:
        "../envs/train.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        split_column=DC_STUDY["split_column"],
        draws=DC_CONFIG["bootstrap"],
        seed=config["seed"],
    script:
        "../workflow_scripts/deepchrome/compare_label_orders.py"


# The same data, training and prediction, with the labels of the order that the run did not choose
use rule build_dataset as build_other_order with:
    output:
        dataset=f"{DC}/label_order/data/{{cell}}.npz",
    log:
        f"{LOGS}/deepchrome/build_other_order/{{cell}}.log",
    benchmark:
        f"{BENCH}/deepchrome/build_other_order/{{cell}}.tsv"
    params:
        label_order=DC_OTHER,


use rule train_deepchrome as train_other_order with:
    input:
        code=code("deepchrome/train_deepchrome.py"),
        dataset=f"{DC}/label_order/data/{{cell}}.npz",
    output:
        weights=f"{DC}/label_order/models/{{cell}}/{{model}}.seed{{seed}}.keras",
        history=f"{DC}/label_order/models/{{cell}}/{{model}}.seed{{seed}}.history.tsv",
        record=f"{DC}/label_order/models/{{cell}}/{{model}}.seed{{seed}}.run.json",
    log:
        f"{LOGS}/deepchrome/train_other_order/{{cell}}.{{model}}.seed{{seed}}.log",
    benchmark:
        f"{BENCH}/deepchrome/train_other_order/{{cell}}.{{model}}.seed{{seed}}.tsv"
    params:
        checkpoints=f"{DC}/checkpoints/{{cell}}.{{model}}.{DC_OTHER}.seed{{seed}}",


use rule predict_deepchrome as predict_other_order with:
    input:
        code=code("deepchrome/predict_deepchrome.py"),
        dataset=f"{DC}/label_order/data/{{cell}}.npz",
        weights=lambda w: expand(
            f"{DC}/label_order/models/{w.cell}/{w.model}.seed{{seed}}.keras",
            seed=DC_SEEDS[w.model],
        ),
    output:
        predictions=[f"{DC}/label_order/predictions/{{cell}}.{{model}}.tsv.gz"],
    log:
        f"{LOGS}/deepchrome/predict_other_order/{{cell}}.{{model}}.log",
    benchmark:
        f"{BENCH}/deepchrome/predict_other_order/{{cell}}.{{model}}.tsv"
    params:
        seeds=lambda w: {w.model: DC_SEEDS[w.model]},


rule score_label_orders:
    input:
        code=code("deepchrome/score_label_orders.py"),
        predictions=[
            f"{DC}/label_order/predictions/{cell}.deepchrome.tsv.gz" for cell in DC_RELABELLED
        ],
    output:
        scores=f"{DC}/label_order/scores.tsv",
    log:
        f"{LOGS}/deepchrome/score_label_orders.log",
    benchmark:
        f"{BENCH}/deepchrome/score_label_orders.tsv"
    conda:
        "../envs/train.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        cells=DC_RELABELLED,
        order=DC_OTHER,
        draws=DC_CONFIG["bootstrap"],
        seed=config["seed"],
    script:
        "../workflow_scripts/deepchrome/score_label_orders.py"


rule plot_labelorder:
    input:
        code=code("deepchrome/plot_labelorder.py"),
        cells=f"{DC}/label_order/cells.tsv",
        correlations=f"{DC}/label_order/correlations.tsv",
        metrics=PAPERS["deepchrome"].metrics,
    output:
        svg=report(
            f"{DC}/figures/labelorder.svg",
            caption="../resources/captions/deepchrome_labelorder.rst",
            category="DeepChrome",
            labels={
                "item": "Label order",
                "what": "labels by text and published AUC",
                "form": "figure",
            },
        ),
        png=f"{DC}/figures/labelorder.png",
        tsv=report(
            f"{DC}/figures/labelorder.tsv",
            caption="../resources/captions/deepchrome_labelorder.rst",
            category="DeepChrome",
            labels={
                "item": "Label order",
                "what": "labels by text and published AUC",
                "form": "table",
            },
        ),
    log:
        f"{LOGS}/deepchrome/plot_labelorder.log",
    benchmark:
        f"{BENCH}/deepchrome/plot_labelorder.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        trained=DC_RELABELLED,
        splits={DC_CONFIG["label_order"]: "test", DC_OTHER: f"test_{DC_OTHER}"},
    script:
        "../workflow_scripts/deepchrome/plot_labelorder.py"
