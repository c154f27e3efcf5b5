"""Predictions and scores of DeepChrome, its tuning and the study of its label order."""


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
        f"../../envs/train{BUILD}.yaml"
    threads: DC_CONFIG["threads"]
    resources:
        gpu=GPU,
        mem_mb=mem_per_attempt(4000),
        runtime=30 + 5 * len(DC_CELLS),
    params:
        seeds={model: DC_SEEDS[model] for model in DC_NETWORKS},
        shuffled=["deepchrome_shuffled"],
    script:
        "../../workflow_scripts/deepchrome/evaluation/predict_deepchrome.py"


use rule predict_deepchrome as predict_deepchrome_other_order with:
    input:
        code=code("deepchrome/evaluation/predict_deepchrome.py"),
        datasets=[f"{DC}/label_order/data/{cell}.npz" for cell in DC_RELABELED],
        weights=[
            f"{DC}/label_order/models/{cell}/{model}.seed{seed}.keras"
            for cell in DC_RELABELED
            for model, seed in DC_RELABELED_NETWORKS
        ],
    output:
        predictions=[f"{DC}/label_order/predictions/{c}.deepchrome.tsv.gz" for c in DC_RELABELED],
    log:
        f"{LOGS}/deepchrome/predict_deepchrome_other_order.log",
    benchmark:
        f"{BENCH}/deepchrome/predict_deepchrome_other_order.tsv"
    params:
        seeds={"deepchrome": DC_SEEDS["deepchrome"]},


rule predict_deepchrome_across_cells:
    input:
        code=code("deepchrome/evaluation/predict_across_cells.py"),
        datasets=[f"{DC}/data/{cell}.npz" for cell in DC_CELLS],
        weights=DC_WEIGHTS,
    output:
        aucs=f"{DC}/cross_cell.tsv",
    log:
        f"{LOGS}/deepchrome/predict_deepchrome_across_cells.log",
    benchmark:
        f"{BENCH}/deepchrome/predict_deepchrome_across_cells.tsv"
    conda:
        f"../../envs/train{BUILD}.yaml"
    threads: DC_CONFIG["threads"]
    resources:
        gpu=GPU,
        # every cell's genes at once: 40 MB of 19,802 genes as float32, and their test third again
        mem_mb=mem_per_attempt(2000 + 60 * len(DC_CELLS)),
        runtime=240,
    params:
        cells=list(DC_CELLS),
        seeds=DC_CONFIG["seeds"],
    script:
        "../../workflow_scripts/deepchrome/evaluation/predict_across_cells.py"


rule tabulate_deepchrome_tuning:
    input:
        code=code("deepchrome/evaluation/tabulate_tuning.py"),
        tables=[f"{DC}/tuning/{cell}.tsv" for cell in DC_TUNED],
    output:
        tuning=f"{DC}/tuning.tsv",
        tests=f"{DC}/tuning.tests.tsv",
        scores=f"{DC}/tuning.metrics.tsv",
    log:
        f"{LOGS}/deepchrome/tabulate_deepchrome_tuning.log",
    benchmark:
        f"{BENCH}/deepchrome/tabulate_deepchrome_tuning.tsv"
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=mem_per_attempt(1000),
        runtime=10,
    params:
        run_network=setting_name({**DC_CONFIG["network"], "convolutions": 1}),
        seed=DC_CONFIG["seeds"][0],
    script:
        "../../workflow_scripts/deepchrome/evaluation/tabulate_tuning.py"


rule compare_deepchrome_label_orders:
    input:
        code=code("deepchrome/evaluation/compare_label_orders.py"),
        matrix=DC_STUDY["expression_matrix"] or [],
        published=PAPERS["deepchrome"].published,
    output:
        cells=f"{DC}/label_order/cells.tsv",
        correlations=report(
            f"{DC}/label_order/correlations.tsv",
            caption="../../resources/captions/deepchrome/label_order.rst",
            category="DeepChrome",
            labels={"item": "Label order", "what": "correlations", "form": "table"},
        ),
    log:
        f"{LOGS}/deepchrome/compare_deepchrome_label_orders.log",
    benchmark:
        f"{BENCH}/deepchrome/compare_deepchrome_label_orders.tsv"
    conda:
        f"../../envs/train{BUILD}.yaml"
    resources:
        mem_mb=mem_per_attempt(2000),
        runtime=10,
    params:
        split_column=DC_STUDY["split_column"],
        draws=DC_CONFIG["bootstrap"],
        seed=config["seed"],
    script:
        "../../workflow_scripts/deepchrome/evaluation/compare_label_orders.py"


rule score_deepchrome_label_orders:
    input:
        code=code("deepchrome/evaluation/score_label_orders.py"),
        predictions=rules.predict_deepchrome_other_order.output.predictions,
    output:
        scores=f"{DC}/label_order/scores.tsv",
    log:
        f"{LOGS}/deepchrome/score_deepchrome_label_orders.log",
    benchmark:
        f"{BENCH}/deepchrome/score_deepchrome_label_orders.tsv"
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=mem_per_attempt(2000),
        runtime=10,
    params:
        cells=DC_RELABELED,
        order=DC_OTHER_ORDER,
        draws=DC_CONFIG["bootstrap"],
        seed=config["seed"],
    script:
        "../../workflow_scripts/deepchrome/evaluation/score_label_orders.py"


rule evaluate_deepchrome:
    input:
        code=code("deepchrome/evaluation/evaluate_deepchrome.py"),
        predictions=[f"{DC}/predictions/{c}.{m}.tsv.gz" for c in DC_CELLS for m in DC_MODELS],
        scores=DC_SCORES,
    output:
        metrics=PAPERS["deepchrome"].metrics,
    log:
        f"{LOGS}/deepchrome/evaluate_deepchrome.log",
    benchmark:
        f"{BENCH}/deepchrome/evaluate_deepchrome.tsv"
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=30,
    params:
        # the cell of each table of predictions
        cells=[cell for cell in DC_CELLS for _ in DC_MODELS],
        draws=DC_CONFIG["bootstrap"],
        seed=config["seed"],
    script:
        "../../workflow_scripts/deepchrome/evaluation/evaluate_deepchrome.py"
