"""DeepChrome's label order: a study of the labels, and networks trained on the other order."""

from workflow_scripts.deepchrome.config.label_order_plan import other_order, plan_label_orders

DC_STUDY = DC_CONFIG["label_order_study"]
DC_OTHER = other_order(DC_CONFIG["label_order"])
DC_RELABELLED = []
# networks that are trained under the other order too
DC_REORDERED = [("deepchrome", seed) for seed in DC_SEEDS["deepchrome"]]

if "deepchrome" in config["papers"]:
    try:
        where = f"{CONFIG_FILE}: deepchrome.label_order_study"
        DC_RELABELLED = plan_label_orders(DC_STUDY, DC_CELLS, where)
        if DC_STUDY["matrix"]:
            DC_STUDY["matrix"] = locate(DC_STUDY["matrix"], where)
            check_file(DC_STUDY["matrix"], f"{where}.matrix", MADE)
    except UserError as error:
        refuse(error)

if DC_RELABELLED:
    DC_SCORES += [f"{DC}/label_order/scores.tsv"]


rule compare_label_orders:
    input:
        code=code("deepchrome/evaluation/compare_label_orders.py"),
        matrix=DC_STUDY["matrix"] or [],
        published=PAPERS["deepchrome"].published,
    output:
        cells=f"{DC}/label_order/cells.tsv",
        correlations=report(
            f"{DC}/label_order/correlations.tsv",
            caption="../../resources/captions/deepchrome_labelorder.rst",
            category="DeepChrome",
            labels={"item": "Label order", "what": "correlations", "form": "table"},
        ),
    log:
        f"{LOGS}/deepchrome/compare_label_orders.log",
    benchmark:
        f"{BENCH}/deepchrome/compare_label_orders.tsv"
    conda:
        f"../../envs/train{BUILD}.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=10,
    params:
        split_column=DC_STUDY["split_column"],
        draws=DC_CONFIG["bootstrap"],
        seed=config["seed"],
    script:
        "../../workflow_scripts/deepchrome/evaluation/compare_label_orders.py"


# The same data, training and prediction, with the labels of the order that the run did not choose
use rule build_deepchrome as build_other_order with:
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
        code=code("deepchrome/training/train_deepchrome.py"),
        dataset=f"{DC}/label_order/data/{{cell}}.npz",
    output:
        weights=[f"{DC}/label_order/models/{{cell}}/{m}.seed{s}.keras" for m, s in DC_REORDERED],
        history=[
            f"{DC}/label_order/models/{{cell}}/{m}.seed{s}.history.tsv" for m, s in DC_REORDERED
        ],
        record=[f"{DC}/label_order/models/{{cell}}/{m}.seed{s}.run.json" for m, s in DC_REORDERED],
    log:
        f"{LOGS}/deepchrome/train_other_order/{{cell}}.log",
    benchmark:
        f"{BENCH}/deepchrome/train_other_order/{{cell}}.tsv"
    resources:
        gpu=GPU,
        mem_mb=growing(4000),
        runtime=240 * len(DC_REORDERED),
    params:
        networks=DC_REORDERED,
        checkpoints=f"{DC}/checkpoints/{{cell}}.{DC_OTHER}",


use rule predict_deepchrome as predict_other_order with:
    input:
        code=code("deepchrome/evaluation/predict_deepchrome.py"),
        datasets=[f"{DC}/label_order/data/{cell}.npz" for cell in DC_RELABELLED],
        weights=[
            f"{DC}/label_order/models/{cell}/{model}.seed{seed}.keras"
            for cell in DC_RELABELLED
            for model, seed in DC_REORDERED
        ],
    output:
        predictions=[f"{DC}/label_order/predictions/{c}.deepchrome.tsv.gz" for c in DC_RELABELLED],
    log:
        f"{LOGS}/deepchrome/predict_other_order.log",
    benchmark:
        f"{BENCH}/deepchrome/predict_other_order.tsv"
    params:
        seeds={"deepchrome": DC_SEEDS["deepchrome"]},


rule score_label_orders:
    input:
        code=code("deepchrome/evaluation/score_label_orders.py"),
        predictions=rules.predict_other_order.output.predictions,
    output:
        scores=f"{DC}/label_order/scores.tsv",
    log:
        f"{LOGS}/deepchrome/score_label_orders.log",
    benchmark:
        f"{BENCH}/deepchrome/score_label_orders.tsv"
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=10,
    params:
        cells=DC_RELABELLED,
        order=DC_OTHER,
        draws=DC_CONFIG["bootstrap"],
        seed=config["seed"],
    script:
        "../../workflow_scripts/deepchrome/evaluation/score_label_orders.py"
