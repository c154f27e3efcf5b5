"""Conformation (Farré 2018): chromatin factor profiles to contact maps, and back."""

from workflow_scripts.conformation.config.plan import plan_cells as plan_conformation_cells
from workflow_scripts.conformation.config.presets import training_settings as conformation_training

CF = f"{RESULTS}/conformation"
CF_CONFIG = config["conformation"]
CF_CELLS = {}

if "conformation" in config["papers"]:
    try:
        CF_CELLS = plan_conformation_cells(
            SAMPLES, CF_CONFIG, config["contacts"]["resolutions"], f"{CONFIG_FILE}: conformation"
        )
    except UserError as error:
        refuse(error)

CF_SEEDS = CF_CONFIG["seeds"]
# figures of one cell show the first, and where they show one training that of the first seed
CF_SHOWN = next(iter(CF_CELLS), "none")
CF_SEED = CF_SEEDS[0]
CF_SHUFFLED_SEEDS = list(range(1, CF_CONFIG["shuffled_controls"] + 1))
# what trains on maps, with its seeds; their predictions are made together
CF_NETWORKS = {
    "forward": CF_SEEDS,
    "linear": CF_SEEDS,
    "forward_shuffled": CF_SHUFFLED_SEEDS,
    "linear_shuffled": CF_SHUFFLED_SEEDS,
}
# (model, seed) pairs that are trained in one job: what the other networks wait for, and controls
CF_FORWARD = [("forward", seed) for seed in CF_SEEDS]
CF_CONTROLS = [(m, s) for m, seeds in CF_NETWORKS.items() for s in seeds if m != "forward"]
CF_TRAINING = {
    network: conformation_training(CF_CONFIG["preset"], network, CF_CONFIG[section])
    for network, section in (("forward", "training"), ("backward", "backward"))
}
# models with predicted maps (MapPrediction) and their seeds, trainings with a history and theirs;
# like the figures, added to by the files included below
CF_MAP_MODELS = {
    "mean": [0],
    **{model: seeds for model, seeds in CF_NETWORKS.items() if seeds},
    "forward_from_backward": CF_SEEDS,
    "forward_from_smoothed": CF_SEEDS,
}
CF_TRAINED = {
    **{model: seeds for model, seeds in CF_NETWORKS.items() if seeds},
    "backward": CF_SEEDS,
}
PAPERS["conformation"] = SimpleNamespace(
    title="Conformation",
    metrics=f"{CF}/metrics.tsv",
    targets=[],
    published=own("resources/published/conformation.tsv"),
)


rule conformation:
    input:
        # a function, since the files included below add their figures
        lambda wildcards: targets_of("conformation"),


rule build_conformation:
    input:
        code=code("conformation/data/build_conformation.py"),
        contacts=f"{RESULTS}/contacts/cells/{{cell}}.mcool",
        tracks=lambda w: expand(
            f"{RESULTS}/tracks/{CF_CONFIG['resolution']}/{{sample}}.tsv.gz",
            sample=CF_CELLS[w.cell].samples,
        ),
        sizes=lambda w: f"{RESULTS}/genome/{CF_CELLS[w.cell].assembly}/chrom.sizes",
    output:
        data=f"{CF}/data/{{cell}}.npz",
    log:
        f"{LOGS}/conformation/build_conformation/{{cell}}.log",
    benchmark:
        f"{BENCH}/conformation/build_conformation/{{cell}}.tsv"
    wildcard_constraints:
        cell=one_of(CF_CELLS),
    conda:
        "../envs/contacts.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=60,
    params:
        factors=lambda w: CF_CELLS[w.cell].factors,
        settings={
            key: CF_CONFIG[key]
            for key in (
                "resolution",
                "window",
                "scale",
                "expected",
                "regions",
                "test_regions",
                "valid_regions",
                "valid_fraction",
                "split",
                "gap",
                "trim",
            )
        },
    script:
        "../workflow_scripts/conformation/data/build_conformation.py"


# one job for the networks of all seeds: starting Keras takes longer than many a training
rule train_forward:
    input:
        code=code("conformation/training/train_forward.py"),
        dataset=f"{CF}/data/{{cell}}.npz",
        annotation=f"{CF}/annotation/{{cell}}.tsv.gz",
    output:
        weights=[f"{CF}/models/{{cell}}/{m}.seed{s}.keras" for m, s in CF_FORWARD],
        history=[f"{CF}/models/{{cell}}/{m}.seed{s}.history.tsv" for m, s in CF_FORWARD],
        record=[f"{CF}/models/{{cell}}/{m}.seed{s}.run.json" for m, s in CF_FORWARD],
    log:
        f"{LOGS}/conformation/train_forward/{{cell}}.log",
    benchmark:
        f"{BENCH}/conformation/train_forward/{{cell}}.tsv"
    wildcard_constraints:
        cell=one_of(CF_CELLS),
    # much waits for it: the backward networks, σ, gradients, edits
    priority: 10
    conda:
        f"../envs/train{BUILD}.yaml"
    threads: CF_CONFIG["threads"]
    resources:
        gpu=GPU,
        mem_mb=growing(4000),
        runtime=720 * len(CF_FORWARD),
    params:
        networks=CF_FORWARD,
        linear=[m for m in CF_NETWORKS if m.startswith("linear")],
        shuffled=[m for m in CF_NETWORKS if m.endswith("_shuffled")],
        network=CF_CONFIG["network"],
        training=CF_TRAINING["forward"],
        # not an output: Snakemake would remove it when a job is killed, and resuming needs it
        checkpoint_seconds=config["checkpoint_seconds"],
        checkpoints=f"{CF}/checkpoints/{{cell}}",
    script:
        "../workflow_scripts/conformation/training/train_forward.py"


use rule train_forward as train_forward_controls with:
    output:
        weights=[f"{CF}/models/{{cell}}/{m}.seed{s}.keras" for m, s in CF_CONTROLS],
        history=[f"{CF}/models/{{cell}}/{m}.seed{s}.history.tsv" for m, s in CF_CONTROLS],
        record=[f"{CF}/models/{{cell}}/{m}.seed{s}.run.json" for m, s in CF_CONTROLS],
    log:
        f"{LOGS}/conformation/train_forward_controls/{{cell}}.log",
    benchmark:
        f"{BENCH}/conformation/train_forward_controls/{{cell}}.tsv"
    priority: 0
    resources:
        gpu=GPU,
        mem_mb=growing(4000),
        runtime=720 * len(CF_CONTROLS),
    params:
        networks=CF_CONTROLS,


rule train_backward:
    input:
        code=code("conformation/training/train_backward.py"),
        dataset=f"{CF}/data/{{cell}}.npz",
        forward=[f"{CF}/models/{{cell}}/forward.seed{s}.keras" for s in CF_SEEDS],
    output:
        weights=[f"{CF}/models/{{cell}}/backward.seed{s}.keras" for s in CF_SEEDS],
        history=[f"{CF}/models/{{cell}}/backward.seed{s}.history.tsv" for s in CF_SEEDS],
        record=[f"{CF}/models/{{cell}}/backward.seed{s}.run.json" for s in CF_SEEDS],
    log:
        f"{LOGS}/conformation/train_backward/{{cell}}.log",
    benchmark:
        f"{BENCH}/conformation/train_backward/{{cell}}.tsv"
    wildcard_constraints:
        cell=one_of(CF_CELLS),
    # as train_forward
    priority: 10
    conda:
        f"../envs/train{BUILD}.yaml"
    threads: CF_CONFIG["threads"]
    resources:
        gpu=GPU,
        mem_mb=growing(4000),
        runtime=240 * len(CF_SEEDS),
    params:
        training=CF_TRAINING["backward"],
        seeds=CF_SEEDS,
        checkpoint_seconds=config["checkpoint_seconds"],
        checkpoints=f"{CF}/checkpoints/{{cell}}.backward",
    script:
        "../workflow_scripts/conformation/training/train_backward.py"


rule predict_maps:
    input:
        code=code("conformation/evaluation/predict_maps.py"),
        dataset=f"{CF}/data/{{cell}}.npz",
        weights=[f"{CF}/models/{{cell}}/{m}.seed{s}.keras" for m, s in CF_FORWARD + CF_CONTROLS],
    output:
        maps=[f"{CF}/predictions/{{cell}}/{m}.seed{s}.npz" for m, s in CF_FORWARD + CF_CONTROLS],
    log:
        f"{LOGS}/conformation/predict_maps/{{cell}}.log",
    benchmark:
        f"{BENCH}/conformation/predict_maps/{{cell}}.tsv"
    wildcard_constraints:
        cell=one_of(CF_CELLS),
    conda:
        f"../envs/train{BUILD}.yaml"
    threads: CF_CONFIG["threads"]
    resources:
        gpu=GPU,
        mem_mb=growing(4000),
        runtime=60,
    params:
        networks=CF_FORWARD + CF_CONTROLS,
        shuffled=[m for m in CF_NETWORKS if m.endswith("_shuffled")],
    script:
        "../workflow_scripts/conformation/evaluation/predict_maps.py"


rule predict_sigma:
    input:
        code=code("conformation/evaluation/predict_sigma.py"),
        dataset=f"{CF}/data/{{cell}}.npz",
        forward=[f"{CF}/models/{{cell}}/forward.seed{s}.keras" for s in CF_SEEDS],
        backward=[f"{CF}/models/{{cell}}/backward.seed{s}.keras" for s in CF_SEEDS],
    output:
        sigma=[f"{CF}/sigma/{{cell}}.seed{s}.tsv.gz" for s in CF_SEEDS],
        weights=[f"{CF}/weights/{{cell}}.seed{s}.tsv" for s in CF_SEEDS],
        windows=[f"{CF}/sigma/{{cell}}.seed{s}.windows.tsv" for s in CF_SEEDS],
        record=[f"{CF}/sigma/{{cell}}.seed{s}.run.json" for s in CF_SEEDS],
        from_backward=[
            f"{CF}/predictions/{{cell}}/forward_from_backward.seed{s}.npz" for s in CF_SEEDS
        ],
        from_smoothed=[
            f"{CF}/predictions/{{cell}}/forward_from_smoothed.seed{s}.npz" for s in CF_SEEDS
        ],
        layers=f"{CF}/tables/{{cell}}.layers.tsv",
    log:
        f"{LOGS}/conformation/predict_sigma/{{cell}}.log",
    benchmark:
        f"{BENCH}/conformation/predict_sigma/{{cell}}.tsv"
    wildcard_constraints:
        cell=one_of(CF_CELLS),
    conda:
        f"../envs/train{BUILD}.yaml"
    threads: CF_CONFIG["threads"]
    resources:
        gpu=GPU,
        mem_mb=growing(4000),
        runtime=60,
    params:
        widths=CF_CONFIG["smoothing"],
        seeds=CF_SEEDS,
    script:
        "../workflow_scripts/conformation/evaluation/predict_sigma.py"


rule fit_mean:
    input:
        code=code("conformation/baselines/fit_mean.py"),
        dataset=f"{CF}/data/{{cell}}.npz",
    output:
        predictions=f"{CF}/predictions/{{cell}}/mean.seed0.npz",
    log:
        f"{LOGS}/conformation/fit_mean/{{cell}}.log",
    benchmark:
        f"{BENCH}/conformation/fit_mean/{{cell}}.tsv"
    wildcard_constraints:
        cell=one_of(CF_CELLS),
    conda:
        "../envs/train.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=10,
    script:
        "../workflow_scripts/conformation/baselines/fit_mean.py"


include: "conformation/annotation.smk"
include: "conformation/pairs.smk"
include: "conformation/gradients.smk"
include: "conformation/edits.smk"
include: "conformation/scores.smk"
include: "conformation/figures.smk"
