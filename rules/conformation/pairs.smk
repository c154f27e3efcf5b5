"""Conformation: a model of pairs of bins, and a baseline on features of pairs."""

# models of pairs, with their seeds; ridge has no random choice, its control the order of the bins
CF_PAIR_SEEDS = {
    "forward_pairwise": CF_SEEDS,
    "ridge": [0],
    "forward_pairwise_shuffled": CF_SHUFFLED_SEEDS,
    "ridge_shuffled": CF_SHUFFLED_SEEDS,
}
CF_PAIR_SEEDS = {model: seeds for model, seeds in CF_PAIR_SEEDS.items() if seeds}
CF_MAP_MODELS |= CF_PAIR_SEEDS
CF_TRAINED |= {
    model: seeds for model, seeds in CF_PAIR_SEEDS.items() if not model.startswith("ridge")
}
# trained in one job, as the forward networks are
CF_PAIRWISE = [
    (model, seed)
    for model, seeds in CF_PAIR_SEEDS.items()
    for seed in seeds
    if not model.startswith("ridge")
]


rule train_pairwise:
    input:
        code=code("conformation/training/train_pairwise.py"),
        dataset=f"{CF}/data/{{cell}}.npz",
    output:
        weights=[f"{CF}/models/{{cell}}/{m}.seed{s}.keras" for m, s in CF_PAIRWISE],
        history=[f"{CF}/models/{{cell}}/{m}.seed{s}.history.tsv" for m, s in CF_PAIRWISE],
        record=[f"{CF}/models/{{cell}}/{m}.seed{s}.run.json" for m, s in CF_PAIRWISE],
        prediction=[f"{CF}/predictions/{{cell}}/{m}.seed{s}.npz" for m, s in CF_PAIRWISE],
    log:
        f"{LOGS}/conformation/train_pairwise/{{cell}}.log",
    benchmark:
        f"{BENCH}/conformation/train_pairwise/{{cell}}.tsv"
    wildcard_constraints:
        cell=one_of(CF_CELLS),
    conda:
        f"../../envs/train{BUILD}.yaml"
    threads: CF_CONFIG["threads"]
    resources:
        gpu=GPU,
        mem_mb=growing(4000),
        runtime=240 * len(CF_PAIRWISE),
    params:
        networks=CF_PAIRWISE,
        shuffled=["forward_pairwise_shuffled"],
        network=CF_CONFIG["pairwise"]["network"],
        training=CF_CONFIG["pairwise"]["training"],
        min_distance=CF_CONFIG["evaluate"]["min_distance"],
        # not an output: Snakemake would remove it when a job is killed, and resuming needs it
        checkpoint_seconds=config["checkpoint_seconds"],
        checkpoints=f"{CF}/checkpoints/{{cell}}",
    script:
        "../../workflow_scripts/conformation/training/train_pairwise.py"


rule fit_ridge:
    input:
        code=code("conformation/baselines/fit_ridge.py"),
        dataset=f"{CF}/data/{{cell}}.npz",
    output:
        record=f"{CF}/models/{{cell}}/{{model}}.seed{{seed}}.run.json",
        prediction=f"{CF}/predictions/{{cell}}/{{model}}.seed{{seed}}.npz",
    log:
        f"{LOGS}/conformation/fit_ridge/{{cell}}.{{model}}.seed{{seed}}.log",
    benchmark:
        f"{BENCH}/conformation/fit_ridge/{{cell}}.{{model}}.seed{{seed}}.tsv"
    wildcard_constraints:
        cell=one_of(CF_CELLS),
        model="ridge(_shuffled)?",
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=growing(4000),
        runtime=60,
    params:
        penalties=CF_CONFIG["ridge"]["penalties"],
        min_distance=CF_CONFIG["evaluate"]["min_distance"],
        shuffled=lambda w: w.model.endswith("_shuffled"),
    script:
        "../../workflow_scripts/conformation/baselines/fit_ridge.py"
