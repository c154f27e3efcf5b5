"""Conformation: the mean by distance, and ridge regression on features of pairs of bins."""


rule fit_conformation_mean:
    input:
        code=code("conformation/baselines/fit_mean.py"),
        dataset=f"{CF}/data/{{cell}}.npz",
    output:
        prediction=f"{CF}/predictions/{{cell}}/mean.seed0.npz",
    log:
        f"{LOGS}/conformation/fit_conformation_mean/{{cell}}.log",
    benchmark:
        f"{BENCH}/conformation/fit_conformation_mean/{{cell}}.tsv"
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=10,
    script:
        "../../workflow_scripts/conformation/baselines/fit_mean.py"


rule fit_conformation_ridge:
    input:
        code=code("conformation/baselines/fit_ridge.py"),
        dataset=f"{CF}/data/{{cell}}.npz",
    output:
        weights=f"{CF}/models/{{cell}}/{{model}}.seed{{seed}}.npz",
        record=f"{CF}/models/{{cell}}/{{model}}.seed{{seed}}.run.json",
        prediction=f"{CF}/predictions/{{cell}}/{{model}}.seed{{seed}}.npz",
    log:
        f"{LOGS}/conformation/fit_conformation_ridge/{{cell}}.{{model}}.seed{{seed}}.log",
    benchmark:
        f"{BENCH}/conformation/fit_conformation_ridge/{{cell}}.{{model}}.seed{{seed}}.tsv"
    wildcard_constraints:
        cell=one_of(CF_CELLS),
        model="ridge(_shuffled)?",
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=60,
    params:
        alphas=CF_CONFIG["ridge"]["alphas"],
        refit=CF_CONFIG["ridge"]["refit"],
        min_distance=CF_CONFIG["evaluate"]["min_distance"],
        shuffled=lambda w: w.model.endswith("_shuffled"),
    script:
        "../../workflow_scripts/conformation/baselines/fit_ridge.py"
