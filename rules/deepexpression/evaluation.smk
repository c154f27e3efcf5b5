"""DeepExpression: predictions within and across cells, scores, tests and metrics."""


rule predict_deepexpression:
    input:
        code=code("deepexpression/evaluation/predict_deepexpression.py"),
        dataset=f"{DE}/data/{{cell}}.npz",
        folds=f"{DE}/folds/{{scheme}}.tsv.gz",
        models=[DE_FOLDER.format(task=t, model=m) for t, m in DE_TRAINED_PAIRS],
    output:
        predictions=[DE_PREDICTION.format(task=t, model=m) for t, m in DE_PREDICTED_PAIRS],
    log:
        f"{LOGS}/deepexpression/predict_deepexpression/{{cell}}.{{scheme}}.seed{{seed}}.log",
    benchmark:
        f"{BENCH}/deepexpression/predict_deepexpression/{{cell}}.{{scheme}}.seed{{seed}}.tsv"
    wildcard_constraints:
        cell=one_of(DE_HICHIP),
        scheme=one_of(DE_SCHEMES),
    conda:
        f"../../envs/train{BUILD}.yaml"
    threads: DE_CONFIG["threads"]
    resources:
        gpu=GPU,
        mem_mb=mem_per_attempt(6000),
        runtime=240,
    params:
        trained=DE_TRAINED_PAIRS,
        predicted=DE_PREDICTED_PAIRS,
        shuffled=False,
    script:
        "../../workflow_scripts/deepexpression/evaluation/predict_deepexpression.py"


use rule predict_deepexpression as predict_deepexpression_controls with:
    input:
        code=code("deepexpression/evaluation/predict_deepexpression.py"),
        dataset=f"{DE}/data/{{cell}}.npz",
        folds=f"{DE}/folds/{{scheme}}.tsv.gz",
        models=[DE_FOLDER.format(task=t, model=m) for t, m in DE_CONTROL_PAIRS],
    output:
        predictions=[DE_PREDICTION.format(task=t, model=m) for t, m in DE_CONTROL_PAIRS],
    log:
        f"{LOGS}/deepexpression/predict_deepexpression_controls/{{cell}}.{{scheme}}.seed{{seed}}.log",
    benchmark:
        f"{BENCH}/deepexpression/predict_deepexpression_controls/{{cell}}.{{scheme}}.seed{{seed}}.tsv"
    params:
        trained=DE_CONTROL_PAIRS,
        predicted=DE_CONTROL_PAIRS,
        shuffled=True,


use rule predict_deepexpression as predict_deepexpression_promoter with:
    input:
        code=code("deepexpression/evaluation/predict_deepexpression.py"),
        dataset=f"{DE}/data/{{cell}}.npz",
        folds=f"{DE}/folds/{{scheme}}.tsv.gz",
        models=[DE_FOLDER.format(task=t, model=m) for t, m in DE_SEQUENCE_PAIRS],
    output:
        predictions=[DE_PREDICTION.format(task=t, model=m) for t, m in DE_SEQUENCE_PAIRS],
    log:
        f"{LOGS}/deepexpression/predict_deepexpression_promoter/{{cell}}.{{scheme}}.seed{{seed}}.log",
    benchmark:
        f"{BENCH}/deepexpression/predict_deepexpression_promoter/{{cell}}.{{scheme}}.seed{{seed}}.tsv"
    wildcard_constraints:
        cell=one_of(DE_SEQUENCE_CELLS),
        scheme=one_of(DE_SCHEMES),
    params:
        trained=DE_SEQUENCE_PAIRS,
        predicted=DE_SEQUENCE_PAIRS,
        shuffled=False,


use rule predict_deepexpression_promoter as predict_deepexpression_promoter_controls with:
    input:
        code=code("deepexpression/evaluation/predict_deepexpression.py"),
        dataset=f"{DE}/data/{{cell}}.npz",
        folds=f"{DE}/folds/{{scheme}}.tsv.gz",
        models=[DE_FOLDER.format(task=t, model=m) for t, m in DE_SEQUENCE_CONTROL_PAIRS],
    output:
        predictions=[DE_PREDICTION.format(task=t, model=m) for t, m in DE_SEQUENCE_CONTROL_PAIRS],
    log:
        f"{LOGS}/deepexpression/predict_deepexpression_promoter_controls/{{cell}}.{{scheme}}.seed{{seed}}.log",
    benchmark:
        f"{BENCH}/deepexpression/predict_deepexpression_promoter_controls/{{cell}}.{{scheme}}.seed{{seed}}.tsv"
    params:
        trained=DE_SEQUENCE_CONTROL_PAIRS,
        predicted=DE_SEQUENCE_CONTROL_PAIRS,
        shuffled=True,


if DE_CROSS:

    rule predict_deepexpression_across_cells:
        input:
            code=code("deepexpression/evaluation/predict_across_cells.py"),
            datasets=[f"{DE}/data/{cell}.npz" for cell in DE_CELLS],
            folds=f"{DE}/folds/{{scheme}}.tsv.gz",
            models=[
                f"{DE}/models/{cell}/{task}.{{scheme}}.{model}.seed{{seed}}"
                for task, model, cells in DE_CROSS
                for cell in cells
            ],
        output:
            predictions=[
                f"{DE}/cross/{task}.{{scheme}}.{model}.seed{{seed}}.tsv.gz"
                for task, model, _ in DE_CROSS
            ],
        log:
            f"{LOGS}/deepexpression/predict_deepexpression_across_cells/{{scheme}}.seed{{seed}}.log",
        benchmark:
            f"{BENCH}/deepexpression/predict_deepexpression_across_cells/{{scheme}}.seed{{seed}}.tsv"
        wildcard_constraints:
            scheme=one_of(DE_SCHEMES),
        conda:
            f"../../envs/train{BUILD}.yaml"
        threads: DE_CONFIG["threads"]
        resources:
            gpu=GPU,
            mem_mb=mem_per_attempt(8000),
            runtime=480,
        params:
            input_keys=dict(datasets=list(DE_CELLS)),
            networks=DE_CROSS,
        script:
            "../../workflow_scripts/deepexpression/evaluation/predict_across_cells.py"


rule score_deepexpression:
    input:
        code=code("deepexpression/evaluation/score_deepexpression.py"),
        predictions=[
            f"{DE}/predictions/{c}/{t}.{s}.{m}.seed{seed}.tsv.gz" for c, t, s, m, seed in DE_RUNS
        ],
        cross=[f"{DE}/cross/{t}.{s}.{m}.seed{seed}.tsv.gz" for t, s, m, seed in DE_CROSS_RUNS],
    output:
        fold_scores=f"{DE}/tables/fold_scores.tsv",
        cross_scores=f"{DE}/tables/cross_scores.tsv",
    log:
        f"{LOGS}/deepexpression/score_deepexpression.log",
    benchmark:
        f"{BENCH}/deepexpression/score_deepexpression.tsv"
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=60,
    params:
        input_keys=dict(predictions=DE_RUNS, cross=DE_CROSS_RUNS),
    script:
        "../../workflow_scripts/deepexpression/evaluation/score_deepexpression.py"


rule compare_deepexpression_methods:
    input:
        code=code("deepexpression/evaluation/compare_methods.py"),
        fold_scores=f"{DE}/tables/fold_scores.tsv",
    output:
        tests=f"{DE}/tables/tests.tsv",
        variances=f"{DE}/tables/variance_tests.tsv",
    log:
        f"{LOGS}/deepexpression/compare_deepexpression_methods.log",
    benchmark:
        f"{BENCH}/deepexpression/compare_deepexpression_methods.tsv"
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=mem_per_attempt(2000),
        runtime=20,
    script:
        "../../workflow_scripts/deepexpression/evaluation/compare_methods.py"


rule evaluate_deepexpression:
    input:
        code=code("deepexpression/evaluation/evaluate_deepexpression.py"),
        fold_scores=f"{DE}/tables/fold_scores.tsv",
        cross_scores=f"{DE}/tables/cross_scores.tsv",
        tests=f"{DE}/tables/tests.tsv",
        variances=f"{DE}/tables/variance_tests.tsv",
        summary=f"{DE}/tables/summary.tsv",
        layers=f"{DE}/tables/layers.tsv",
        scores=[f"{DE}/motifs/scores.tsv"],
    output:
        metrics=PAPERS["deepexpression"].metrics,
    log:
        f"{LOGS}/deepexpression/evaluate_deepexpression.log",
    benchmark:
        f"{BENCH}/deepexpression/evaluate_deepexpression.tsv"
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=mem_per_attempt(2000),
        runtime=20,
    params:
        cell=DE_SHOWN,
        scheme=DE_MAIN,
    script:
        "../../workflow_scripts/deepexpression/evaluation/evaluate_deepexpression.py"
