"""Sequence models of enhancement: DNA to O/E maps."""

from workflow_scripts.enhancement.config.sequence_presets import (
    sequence_settings as enhancement_sequence_settings,
    variants as enhancement_sequence_variants,
)

EN_SEQUENCE = EN_CONFIG["sequence"]
EN_EMBEDDINGS = []

if EN_CONFIG["embeddings"]:
    try:
        EN_EMBEDDINGS = locate(EN_CONFIG["embeddings"], f"{CONFIG_FILE}: enhancement.embeddings")
        check_file(EN_EMBEDDINGS, f"{CONFIG_FILE}: enhancement.embeddings", GENERATED_DIRS)
    except UserError as error:
        fail(error)

EN_SEQUENCE_VARIANTS = enhancement_sequence_variants(EN_SEQUENCE, EN_SEEDS, EN_CONFIG["embeddings"])
# what all seeds of a model have; controls may have fewer seeds and are trained by a rule of their own
EN_SEQUENCE_MODELS = [m for m, v in EN_SEQUENCE_VARIANTS.items() if v["seeds"] == EN_SEEDS]
EN_SEQUENCE_CONTROLS = [m for m, v in EN_SEQUENCE_VARIANTS.items() if v["seeds"] != EN_SEEDS]
EN_SEQUENCE_PREDICTIONS |= {
    model: [f"{EN}/predictions/{model}.seed{seed}.h5" for seed in variant["seeds"]]
    for model, variant in EN_SEQUENCE_VARIANTS.items()
}
EN_TRAINED |= {model: variant["seeds"] for model, variant in EN_SEQUENCE_VARIANTS.items()}


rule train_sequence_map:
    input:
        code=code("enhancement/training/train_sequence_map.py"),
        dataset=EN_SEQUENCE_DATA,
        embeddings=lambda w: (EN_EMBEDDINGS if EN_SEQUENCE_VARIANTS[w.model]["embedded"] else []),
    output:
        weights=[f"{EN}/models/{{model}}.seed{seed}.keras" for seed in EN_SEEDS],
        history=[f"{EN}/models/{{model}}.seed{seed}.history.tsv" for seed in EN_SEEDS],
        record=[f"{EN}/models/{{model}}.seed{seed}.run.json" for seed in EN_SEEDS],
    log:
        f"{LOGS}/enhancement/train_sequence_map/{{model}}.log",
    benchmark:
        f"{BENCH}/enhancement/train_sequence_map/{{model}}.tsv"
    wildcard_constraints:
        model=one_of(EN_SEQUENCE_MODELS),
    # the hybrids wait for it
    priority: 10
    conda:
        f"../../envs/train{BUILD}.yaml"
    threads: EN_SEQUENCE["threads"]
    resources:
        gpu=GPU,
        mem_mb=mem_per_attempt(8000),
        runtime=2880,
    params:
        variant=lambda w: EN_SEQUENCE_VARIANTS[w.model],
        settings=enhancement_sequence_settings(EN_SEQUENCE),
        crop=EN_CONFIG["crop"],
        accumulate=EN_CONFIG["accumulate"],
        mixed_precision=EN_CONFIG["mixed_precision"],
        jit=EN_CONFIG["jit"],
        # not an output: Snakemake would remove it when a job is killed, and resuming needs it
        checkpoint_seconds=config["checkpoint_seconds"],
        checkpoints=f"{EN}/checkpoints/{{model}}",
    script:
        "../../workflow_scripts/enhancement/training/train_sequence_map.py"


use rule train_sequence_map as train_sequence_control with:
    output:
        **{
            name: [
                f"{EN}/models/{{model}}.seed{seed}.{suffix}"
                for seed in EN_SEEDS[: EN_SEQUENCE["control_seeds"]]
            ]
            for name, suffix in (
                ("weights", "keras"),
                ("history", "history.tsv"),
                ("record", "run.json"),
            )
        },
    log:
        f"{LOGS}/enhancement/train_sequence_control/{{model}}.log",
    benchmark:
        f"{BENCH}/enhancement/train_sequence_control/{{model}}.tsv"
    wildcard_constraints:
        model=one_of(EN_SEQUENCE_CONTROLS),
    priority: 0


rule predict_sequence_map:
    input:
        code=code("enhancement/evaluation/predict_sequence_map.py"),
        dataset=EN_SEQUENCE_DATA,
        embeddings=EN_EMBEDDINGS,
        weights=[
            f"{EN}/models/{model}.seed{seed}.keras"
            for model, variant in EN_SEQUENCE_VARIANTS.items()
            for seed in variant["seeds"]
        ],
    output:
        predictions=[file for files in EN_SEQUENCE_PREDICTIONS.values() for file in files],
    log:
        f"{LOGS}/enhancement/predict_sequence_map.log",
    benchmark:
        f"{BENCH}/enhancement/predict_sequence_map.tsv"
    conda:
        f"../../envs/train{BUILD}.yaml"
    threads: EN_SEQUENCE["threads"]
    resources:
        gpu=GPU,
        mem_mb=mem_per_attempt(8000),
        runtime=720,
    params:
        variants=EN_SEQUENCE_VARIANTS,
        crop=EN_CONFIG["crop"],
        most_train=EN_SEQUENCE["predicted_train"],
    script:
        "../../workflow_scripts/enhancement/evaluation/predict_sequence_map.py"
