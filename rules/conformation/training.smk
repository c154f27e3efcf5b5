"""Conformation: training of the forward, linear, backward and pairwise networks.

One job trains the networks of all seeds: starting Keras takes longer than training a small network.
"""


rule train_conformation_forward:
    input:
        code=code("conformation/training/train_forward.py"),
        dataset=f"{CF}/data/{{cell}}.npz",
        annotation=f"{CF}/annotation/{{cell}}.tsv.gz",
    output:
        weights=[f"{CF}/models/{{cell}}/{m}.seed{s}.keras" for m, s in CF_MODELS.forward],
        history=[f"{CF}/models/{{cell}}/{m}.seed{s}.history.tsv" for m, s in CF_MODELS.forward],
        record=[f"{CF}/models/{{cell}}/{m}.seed{s}.run.json" for m, s in CF_MODELS.forward],
    log:
        f"{LOGS}/conformation/train_conformation_forward/{{cell}}.log",
    benchmark:
        f"{BENCH}/conformation/train_conformation_forward/{{cell}}.tsv"
    # the backward networks, σ, gradients and edits wait for it
    priority: 10
    conda:
        f"../../envs/train{BUILD}.yaml"
    threads: CF_CONFIG["threads"]
    resources:
        gpu=GPU,
        mem_mb=mem_per_attempt(4000),
        runtime=720 * len(CF_MODELS.forward),
    params:
        networks=CF_MODELS.forward,
        linear=[m for m in CF_MODELS.window if m.startswith("linear")],
        shuffled=[m for m in CF_MODELS.window if m.endswith("_shuffled")],
        network_settings=CF_CONFIG["network"],
        training=CF_TRAINING["forward"],
        # not an output: Snakemake would remove it when a job is killed, and resuming needs it
        checkpoints=f"{CF}/checkpoints/{{cell}}",
        checkpoint_seconds=config["checkpoint_seconds"],
    script:
        "../../workflow_scripts/conformation/training/train_forward.py"


use rule train_conformation_forward as train_conformation_controls with:
    output:
        weights=[f"{CF}/models/{{cell}}/{m}.seed{s}.keras" for m, s in CF_MODELS.controls],
        history=[f"{CF}/models/{{cell}}/{m}.seed{s}.history.tsv" for m, s in CF_MODELS.controls],
        record=[f"{CF}/models/{{cell}}/{m}.seed{s}.run.json" for m, s in CF_MODELS.controls],
    log:
        f"{LOGS}/conformation/train_conformation_controls/{{cell}}.log",
    benchmark:
        f"{BENCH}/conformation/train_conformation_controls/{{cell}}.tsv"
    priority: 0
    resources:
        gpu=GPU,
        mem_mb=mem_per_attempt(4000),
        runtime=720 * len(CF_MODELS.controls),
    params:
        networks=CF_MODELS.controls,


rule train_conformation_backward:
    input:
        code=code("conformation/training/train_backward.py"),
        dataset=f"{CF}/data/{{cell}}.npz",
        forward=[f"{CF}/models/{{cell}}/forward.seed{s}.keras" for s in CF_SEEDS],
    output:
        weights=[f"{CF}/models/{{cell}}/backward.seed{s}.keras" for s in CF_SEEDS],
        history=[f"{CF}/models/{{cell}}/backward.seed{s}.history.tsv" for s in CF_SEEDS],
        record=[f"{CF}/models/{{cell}}/backward.seed{s}.run.json" for s in CF_SEEDS],
    log:
        f"{LOGS}/conformation/train_conformation_backward/{{cell}}.log",
    benchmark:
        f"{BENCH}/conformation/train_conformation_backward/{{cell}}.tsv"
    # σ and the gradients wait for it
    priority: 10
    conda:
        f"../../envs/train{BUILD}.yaml"
    threads: CF_CONFIG["threads"]
    resources:
        gpu=GPU,
        mem_mb=mem_per_attempt(4000),
        runtime=240 * len(CF_SEEDS),
    params:
        seeds=CF_SEEDS,
        training=CF_TRAINING["backward"],
        checkpoints=f"{CF}/checkpoints/{{cell}}.backward",
        checkpoint_seconds=config["checkpoint_seconds"],
    script:
        "../../workflow_scripts/conformation/training/train_backward.py"


rule train_conformation_pairwise:
    input:
        code=code("conformation/training/train_pairwise.py"),
        dataset=f"{CF}/data/{{cell}}.npz",
    output:
        weights=[f"{CF}/models/{{cell}}/{m}.seed{s}.keras" for m, s in CF_MODELS.pairwise],
        history=[f"{CF}/models/{{cell}}/{m}.seed{s}.history.tsv" for m, s in CF_MODELS.pairwise],
        record=[f"{CF}/models/{{cell}}/{m}.seed{s}.run.json" for m, s in CF_MODELS.pairwise],
        prediction=[f"{CF}/predictions/{{cell}}/{m}.seed{s}.npz" for m, s in CF_MODELS.pairwise],
    log:
        f"{LOGS}/conformation/train_conformation_pairwise/{{cell}}.log",
    benchmark:
        f"{BENCH}/conformation/train_conformation_pairwise/{{cell}}.tsv"
    conda:
        f"../../envs/train{BUILD}.yaml"
    threads: CF_CONFIG["threads"]
    resources:
        gpu=GPU,
        mem_mb=mem_per_attempt(4000),
        runtime=240 * len(CF_MODELS.pairwise),
    params:
        networks=CF_MODELS.pairwise,
        shuffled=["forward_pairwise_shuffled"],
        network_settings=CF_CONFIG["pairwise"]["network"],
        training=CF_CONFIG["pairwise"]["training"],
        min_distance=CF_CONFIG["evaluate"]["min_distance"],
        checkpoints=f"{CF}/checkpoints/{{cell}}",
        checkpoint_seconds=config["checkpoint_seconds"],
    script:
        "../../workflow_scripts/conformation/training/train_pairwise.py"
