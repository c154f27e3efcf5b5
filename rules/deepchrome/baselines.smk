"""Baselines of DeepChrome."""


rule fit_deepchrome_logistic:
    input:
        code=code("deepchrome/baselines/fit_logistic.py"),
        dataset=f"{DC}/data/{{cell}}.npz",
    output:
        predictions=f"{DC}/predictions/{{cell}}.logistic.tsv.gz",
    log:
        f"{LOGS}/deepchrome/fit_deepchrome_logistic/{{cell}}.log",
    benchmark:
        f"{BENCH}/deepchrome/fit_deepchrome_logistic/{{cell}}.tsv"
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=60,
    script:
        "../../workflow_scripts/deepchrome/baselines/fit_logistic.py"


rule fit_deepchrome_svm:
    input:
        code=code("deepchrome/baselines/fit_svm.py"),
        dataset=f"{DC}/data/{{cell}}.npz",
    output:
        predictions=f"{DC}/predictions/{{cell}}.svm_best_bin.tsv.gz",
        bins=f"{DC}/bins/{{cell}}.tsv",
        scores=f"{DC}/bins/{{cell}}.metrics.tsv",
    log:
        f"{LOGS}/deepchrome/fit_deepchrome_svm/{{cell}}.log",
    benchmark:
        f"{BENCH}/deepchrome/fit_deepchrome_svm/{{cell}}.tsv"
    conda:
        "../../envs/train.yaml"
    threads: DC_CONFIG["baselines"]["threads"]
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=1440,
    params:
        grid=DC_GRID,
        seed=config["seed"],
        # not an output: see train_deepchrome
        checkpoints=f"{DC}/checkpoints/{{cell}}.svm",
    script:
        "../../workflow_scripts/deepchrome/baselines/fit_svm.py"


rule fit_deepchrome_random_forest:
    input:
        code=code("deepchrome/baselines/fit_random_forest.py"),
        dataset=f"{DC}/data/{{cell}}.npz",
    output:
        predictions=f"{DC}/predictions/{{cell}}.random_forest.tsv.gz",
    log:
        f"{LOGS}/deepchrome/fit_deepchrome_random_forest/{{cell}}.log",
    benchmark:
        f"{BENCH}/deepchrome/fit_deepchrome_random_forest/{{cell}}.tsv"
    conda:
        "../../envs/train.yaml"
    threads: DC_CONFIG["baselines"]["threads"]
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=60,
    params:
        grid=DC_GRID,
        seeds=DC_CONFIG["seeds"],
    script:
        "../../workflow_scripts/deepchrome/baselines/fit_random_forest.py"


rule fit_deepchrome_gradient_boosting:
    input:
        code=code("deepchrome/baselines/fit_gradient_boosting.py"),
        dataset=f"{DC}/data/{{cell}}.npz",
    output:
        predictions=f"{DC}/predictions/{{cell}}.gradient_boosting.tsv.gz",
    log:
        f"{LOGS}/deepchrome/fit_deepchrome_gradient_boosting/{{cell}}.log",
    benchmark:
        f"{BENCH}/deepchrome/fit_deepchrome_gradient_boosting/{{cell}}.tsv"
    conda:
        "../../envs/train.yaml"
    threads: DC_CONFIG["baselines"]["threads"]
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=60,
    params:
        grid=DC_GRID,
    script:
        "../../workflow_scripts/deepchrome/baselines/fit_gradient_boosting.py"
