"""Enhancement: training of the sequence models, autoencoders, image models and hybrids.

Checkpoints are no output of a rule: Snakemake removes outputs of a killed job, and a resumed
training needs its checkpoint.
"""


rule train_enhancement_sequence:
    input:
        code=code("enhancement/training/train_sequence.py"),
        dataset=EN_SEQUENCE_DATA,
        embeddings=lambda w: (EN_EMBEDDINGS if EN_SEQUENCE_VARIANTS[w.model]["embedded"] else []),
    output:
        weights=[f"{EN}/models/{{model}}.seed{seed}.keras" for seed in EN_SEEDS],
        history=[f"{EN}/models/{{model}}.seed{seed}.history.tsv" for seed in EN_SEEDS],
        record=[f"{EN}/models/{{model}}.seed{seed}.run.json" for seed in EN_SEEDS],
    log:
        f"{LOGS}/enhancement/train_enhancement_sequence/{{model}}.log",
    benchmark:
        f"{BENCH}/enhancement/train_enhancement_sequence/{{model}}.tsv"
    wildcard_constraints:
        model=one_of(EN_SEQUENCE_MODELS),
    # the hybrids need these models
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
        compute=EN_COMPUTE,
        checkpoint_seconds=config["checkpoint_seconds"],
        checkpoints=f"{EN}/checkpoints/{{model}}",
    script:
        "../../workflow_scripts/enhancement/training/train_sequence.py"


use rule train_enhancement_sequence as train_enhancement_sequence_control with:
    output:
        **{
            name: [
                f"{EN}/models/{{model}}.seed{seed}.{suffix}"
                for seed in EN_SEEDS[: EN_SEQUENCE["control_seeds"] or 1]
            ]
            for name, suffix in EN_MODEL_FILES.items()
        },
    log:
        f"{LOGS}/enhancement/train_enhancement_sequence_control/{{model}}.log",
    benchmark:
        f"{BENCH}/enhancement/train_enhancement_sequence_control/{{model}}.tsv"
    wildcard_constraints:
        model=one_of(EN_SEQUENCE_CONTROLS),
    priority: 0


rule train_enhancement_autoencoders:
    input:
        code=code("enhancement/training/train_autoencoders.py"),
        dataset=EN_IMAGE_DATA,
    output:
        **{
            name: enhancement_models(EN_AUTOENCODER_RUNS, suffix)
            for name, suffix in EN_MODEL_FILES.items()
        },
    log:
        f"{LOGS}/enhancement/train_enhancement_autoencoders.log",
    benchmark:
        f"{BENCH}/enhancement/train_enhancement_autoencoders.tsv"
    # the image models need these
    priority: 20
    conda:
        f"../../envs/train{BUILD}.yaml"
    threads: EN_CONFIG["image"]["threads"]
    resources:
        gpu=GPU,
        mem_mb=mem_per_attempt(8000),
        runtime=1440,
    params:
        runs=EN_AUTOENCODER_RUNS,
        settings={kind: EN_IMAGE_SETTINGS[kind] for kind in EN_AUTOENCODERS},
        crop=EN_IMAGE_CROP,
        checkpoint_seconds=config["checkpoint_seconds"],
        checkpoints=f"{EN}/checkpoints/autoencoders",
    script:
        "../../workflow_scripts/enhancement/training/train_autoencoders.py"


rule train_enhancement_image:
    input:
        code=code("enhancement/training/train_image.py"),
        dataset=EN_IMAGE_DATA,
        autoencoders=lambda w: [
            EN_DAE_FILES.get(w.model, f"{EN}/models/{EN_AUTOENCODER_OF[w.model]}.seed{seed}.keras")
            for seed in EN_SEEDS
            if w.model in EN_AUTOENCODER_OF
        ],
    output:
        **{
            name: [f"{EN}/models/{{model}}.seed{seed}.{suffix}" for seed in EN_SEEDS]
            for name, suffix in EN_MODEL_FILES.items()
        },
    log:
        f"{LOGS}/enhancement/train_enhancement_image/{{model}}.log",
    benchmark:
        f"{BENCH}/enhancement/train_enhancement_image/{{model}}.tsv"
    wildcard_constraints:
        model=one_of(EN_IMAGE_MODELS),
    # the hybrids need these models
    priority: 10
    conda:
        f"../../envs/train{BUILD}.yaml"
    threads: EN_CONFIG["image"]["threads"]
    resources:
        gpu=GPU,
        mem_mb=mem_per_attempt(8000),
        runtime=2880,
    params:
        settings=lambda w: EN_IMAGE_SETTINGS[w.model],
        input_facts=enhancement_input_facts(EN_CONFIG),
        crop=EN_IMAGE_CROP,
        seeds=EN_SEEDS,
        compute=EN_COMPUTE,
        checkpoint_seconds=config["checkpoint_seconds"],
        checkpoints=f"{EN}/checkpoints/{{model}}",
    script:
        "../../workflow_scripts/enhancement/training/train_image.py"


if EN_HYBRID_RUNS:

    rule train_enhancement_hybrid:
        input:
            code=code("enhancement/training/train_hybrid.py"),
            dataset=EN_IMAGE_DATA,
            sequence=enhancement_models(
                (f"sequence_{EN_HYBRID['sequence']}", seed) for seed in EN_SEEDS
            ),
            image=enhancement_models((EN_HYBRID["image"], seed) for seed in EN_SEEDS),
        output:
            **{
                name: enhancement_models(EN_HYBRID_RUNS, suffix)
                for name, suffix in EN_MODEL_FILES.items()
            },
        log:
            f"{LOGS}/enhancement/train_enhancement_hybrid.log",
        benchmark:
            f"{BENCH}/enhancement/train_enhancement_hybrid.tsv"
        # predictions, scores and most figures need these models
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
            training=EN_HYBRID_SETTINGS,
            metrics={key: EN_CONFIG["metrics"][key] for key in ("smoothing", "max_bins")},
            filters=EN_HYBRID["filters"],
            clip_value=EN_CONFIG["expected"]["clip_value"],
            jit_compile=EN_CONFIG["jit_compile"],
            seed=config["seed"],
            seeds=EN_SEEDS,
            checkpoint_seconds=config["checkpoint_seconds"],
            checkpoints=f"{EN}/checkpoints/hybrid",
        script:
            "../../workflow_scripts/enhancement/training/train_hybrid.py"
