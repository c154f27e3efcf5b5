"""Image models of enhancement: maps of low resolution to maps of high resolution."""

from workflow_scripts.enhancement.config.image_presets import (
    ENCODERS as EN_ENCODERS,
    IMAGE as EN_IMAGE,
    image_crop as enhancement_image_crop,
    image_settings as enhancement_image_settings,
)

EN_IMAGE_MODELS = [EN_IMAGE, *EN_CONFIG["image"]["methods"]]
try:
    EN_IMAGE_SETTINGS = {
        model: enhancement_image_settings(EN_CONFIG["image"], model)
        for model in (*EN_IMAGE_MODELS, *EN_ENCODERS.values())
    }
except UserError as error:
    fail(error)
EN_IMAGE_CROP = enhancement_image_crop(EN_CONFIG["image"])
# autoencoders that the models' losses need
EN_ENCODED = list(dict.fromkeys(EN_ENCODERS[m] for m in EN_IMAGE_MODELS if m in EN_ENCODERS))
EN_AUTOENCODERS = [(kind, seed) for kind in EN_ENCODED for seed in EN_SEEDS]
# what the job of every training has: files of each of its networks
EN_MODEL_FILES = {"weights": "keras", "history": "history.tsv", "record": "run.json"}
EN_IMAGE_PREDICTIONS |= {
    "downsampled": [f"{EN}/predictions/downsampled.seed0.h5"],
    **{
        model: [f"{EN}/predictions/{model}.seed{seed}.h5" for seed in EN_SEEDS]
        for model in EN_IMAGE_MODELS
    },
}
EN_TRAINED |= {model: EN_SEEDS for model in (*EN_IMAGE_MODELS, *EN_ENCODED)}


rule train_vae:
    input:
        code=code("enhancement/training/train_vae.py"),
        dataset=EN_IMAGE_DATA,
    output:
        **{
            name: [f"{EN}/models/{kind}.seed{seed}.{suffix}" for kind, seed in EN_AUTOENCODERS]
            for name, suffix in EN_MODEL_FILES.items()
        },
    log:
        f"{LOGS}/enhancement/train_vae.log",
    benchmark:
        f"{BENCH}/enhancement/train_vae.tsv"
    # the image models wait for it
    priority: 20
    conda:
        f"../../envs/train{BUILD}.yaml"
    threads: EN_CONFIG["image"]["threads"]
    resources:
        gpu=GPU,
        mem_mb=mem_per_attempt(8000),
        runtime=1440,
    params:
        jobs=EN_AUTOENCODERS,
        settings={kind: EN_IMAGE_SETTINGS[kind] for kind in EN_ENCODED},
        crop=EN_IMAGE_CROP,
        # not an output: Snakemake would remove it when a job is killed, and resuming needs it
        checkpoint_seconds=config["checkpoint_seconds"],
        checkpoints=f"{EN}/checkpoints/autoencoders",
    script:
        "../../workflow_scripts/enhancement/training/train_vae.py"


rule train_image:
    input:
        code=code("enhancement/training/train_image.py"),
        dataset=EN_IMAGE_DATA,
        encoders=lambda w: [
            f"{EN}/models/{EN_ENCODERS[w.model]}.seed{seed}.keras"
            for seed in EN_SEEDS
            if w.model in EN_ENCODERS
        ],
    output:
        **{
            name: [f"{EN}/models/{{model}}.seed{seed}.{suffix}" for seed in EN_SEEDS]
            for name, suffix in EN_MODEL_FILES.items()
        },
    log:
        f"{LOGS}/enhancement/train_image/{{model}}.log",
    benchmark:
        f"{BENCH}/enhancement/train_image/{{model}}.tsv"
    wildcard_constraints:
        model=one_of(EN_IMAGE_MODELS),
    # the hybrids wait for it
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
        crop=EN_IMAGE_CROP,
        seeds=EN_SEEDS,
        accumulate=EN_CONFIG["accumulate"],
        mixed_precision=EN_CONFIG["mixed_precision"],
        jit=EN_CONFIG["jit"],
        # as in train_vae
        checkpoint_seconds=config["checkpoint_seconds"],
        checkpoints=f"{EN}/checkpoints/{{model}}",
    script:
        "../../workflow_scripts/enhancement/training/train_image.py"


rule predict_image:
    input:
        code=code("enhancement/evaluation/predict_image.py"),
        dataset=EN_IMAGE_DATA,
        weights=[f"{EN}/models/{m}.seed{s}.keras" for m in EN_IMAGE_MODELS for s in EN_SEEDS],
    output:
        downsampled=EN_IMAGE_PREDICTIONS["downsampled"],
        maps=[file for model in EN_IMAGE_MODELS for file in EN_IMAGE_PREDICTIONS[model]],
    log:
        f"{LOGS}/enhancement/predict_image.log",
    benchmark:
        f"{BENCH}/enhancement/predict_image.tsv"
    conda:
        f"../../envs/train{BUILD}.yaml"
    threads: EN_CONFIG["image"]["threads"]
    resources:
        gpu=GPU,
        mem_mb=mem_per_attempt(8000),
        runtime=720,
    params:
        crop=EN_IMAGE_CROP,
        most_train=EN_CONFIG["image"]["predicted_train"],
    script:
        "../../workflow_scripts/enhancement/evaluation/predict_image.py"
