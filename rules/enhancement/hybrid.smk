"""Hybrids of a sequence and an image model of enhancement."""

from workflow_scripts.enhancement.config.hybrid_presets import (
    MODELS as EN_HYBRID_NAMES,
    hybrid_settings as enhancement_hybrid_settings,
    zeroed_models as enhancement_zeroed_models,
)

EN_HYBRID = EN_CONFIG["hybrid"]
try:
    EN_HYBRID_TRAINING = enhancement_hybrid_settings(EN_CONFIG, f"{CONFIG_FILE}: enhancement")
except UserError as error:
    fail(error)

EN_HYBRID_RUNS = [(EN_HYBRID_NAMES[v], s) for v in EN_HYBRID["variants"] for s in EN_SEEDS]
# a hybrid with the map of one of its models blank (Figure 7): {model: what is blank}
EN_ZEROED = enhancement_zeroed_models(EN_HYBRID["variants"])
EN_HYBRID_PREDICTED = [*EN_HYBRID_RUNS, *[(m, s) for m in EN_ZEROED for s in EN_SEEDS]]
EN_IMAGE_PREDICTIONS |= {
    model: [f"{EN}/predictions/{model}.seed{seed}.h5" for seed in EN_SEEDS]
    for model in dict.fromkeys(model for model, _ in EN_HYBRID_PREDICTED)
}
EN_TRAINED |= {EN_HYBRID_NAMES[variant]: EN_SEEDS for variant in EN_HYBRID["variants"]}

if EN_HYBRID_RUNS:

    rule train_hybrid:
        input:
            code=code("enhancement/training/train_hybrid.py"),
            dataset=EN_IMAGE_DATA,
            sequence=[
                f"{EN}/models/sequence_{EN_HYBRID['sequence']}.seed{seed}.keras"
                for seed in EN_SEEDS
            ],
            image=[f"{EN}/models/{EN_HYBRID['image']}.seed{seed}.keras" for seed in EN_SEEDS],
        output:
            **{
                name: [f"{EN}/models/{m}.seed{s}.{suffix}" for m, s in EN_HYBRID_RUNS]
                for name, suffix in EN_MODEL_FILES.items()
            },
        log:
            f"{LOGS}/enhancement/train_hybrid.log",
        benchmark:
            f"{BENCH}/enhancement/train_hybrid.tsv"
        # predictions, scores and most figures wait for it
        priority: 5
        conda:
            f"../../envs/train{BUILD}.yaml"
        threads: EN_HYBRID["threads"]
        resources:
            gpu=GPU,
            mem_mb=mem_per_attempt(16000),
            runtime=2880,
        params:
            variants=EN_HYBRID["variants"],
            training=EN_HYBRID_TRAINING,
            metrics={key: EN_CONFIG["metrics"][key] for key in ("smoothing", "max_bins")},
            filters=EN_HYBRID["filters"],
            clip=EN_CONFIG["expected"]["clip"],
            jit=EN_CONFIG["jit"],
            seed=config["seed"],
            seeds=EN_SEEDS,
            # not an output: Snakemake would remove it when a job is killed, and resuming needs it
            checkpoint_seconds=config["checkpoint_seconds"],
            checkpoints=f"{EN}/checkpoints/hybrid",
        script:
            "../../workflow_scripts/enhancement/training/train_hybrid.py"

    rule predict_hybrid:
        input:
            code=code("enhancement/evaluation/predict_hybrid.py"),
            dataset=EN_IMAGE_DATA,
            models=[f"{EN}/models/{m}.seed{s}.keras" for m, s in EN_HYBRID_RUNS],
        output:
            predictions=[f"{EN}/predictions/{m}.seed{s}.h5" for m, s in EN_HYBRID_PREDICTED],
        log:
            f"{LOGS}/enhancement/predict_hybrid.log",
        benchmark:
            f"{BENCH}/enhancement/predict_hybrid.tsv"
        conda:
            f"../../envs/train{BUILD}.yaml"
        threads: EN_HYBRID["threads"]
        resources:
            gpu=GPU,
            mem_mb=mem_per_attempt(16000),
            runtime=720,
        params:
            trained=EN_HYBRID_RUNS,
            predicted=EN_HYBRID_PREDICTED,
            zeroed=EN_ZEROED,
            most_train=EN_CONFIG["image"]["predicted_train"],
        script:
            "../../workflow_scripts/enhancement/evaluation/predict_hybrid.py"
