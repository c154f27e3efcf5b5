"""Enhancement: maps predicted by all models, and their scores."""

from workflow_scripts.enhancement.config.plan import prediction_runs as enhancement_prediction_runs

EN_RUNS = enhancement_prediction_runs({**EN_SEQUENCE_PREDICTIONS, **EN_IMAGE_PREDICTIONS})
# models whose predicted windows are also written as maps: the first image model and hybrid
EN_MAP_MODELS = [*EN_IMAGE_MODELS[:1], *EN_HYBRID_MODELS[:1]]
EN_PREDICTED_MAPS = [
    f"{EN}/maps/{name}.{model}.mcool" for model in EN_MAP_MODELS for name in EN_PLAN.maps
]
PAPERS["enhancement"].targets = [*PAPERS["enhancement"].targets, *EN_PREDICTED_MAPS]


rule predict_enhancement_sequence:
    input:
        code=code("enhancement/evaluation/predict_sequence.py"),
        dataset=EN_SEQUENCE_DATA,
        embeddings=EN_EMBEDDINGS,
        weights=enhancement_models(
            (model, seed)
            for model, variant in EN_SEQUENCE_VARIANTS.items()
            for seed in variant["seeds"]
        ),
    output:
        predictions=[file for files in EN_SEQUENCE_PREDICTIONS.values() for file in files],
    log:
        f"{LOGS}/enhancement/predict_enhancement_sequence.log",
    benchmark:
        f"{BENCH}/enhancement/predict_enhancement_sequence.tsv"
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
        max_train=EN_SEQUENCE["max_predicted_train"],
    script:
        "../../workflow_scripts/enhancement/evaluation/predict_sequence.py"


# controls with shuffled DNA predict no map of their windows
EN_SEQUENCE_MAPPED = [m for m, v in EN_SEQUENCE_VARIANTS.items() if not v["shuffled"]]
EN_SEQUENCE_MAPPED_RUNS = [
    (model, seed) for model in EN_SEQUENCE_MAPPED for seed in EN_SEQUENCE_VARIANTS[model]["seeds"]
]
PAPERS["enhancement"].targets = [
    *PAPERS["enhancement"].targets,
    *[f"{EN}/maps/{model}.mcool" for model in EN_SEQUENCE_MAPPED],
]

if EN_SEQUENCE_MAPPED:

    rule write_enhancement_sequence_maps:
        input:
            code=code("enhancement/evaluation/write_sequence_maps.py"),
            dataset=EN_SEQUENCE_DATA,
            predictions=[f"{EN}/predictions/{m}.seed{s}.h5" for m, s in EN_SEQUENCE_MAPPED_RUNS],
            chrom_sizes=f"{EN_GENOME}/chrom.sizes",
        output:
            maps=[f"{EN}/maps/{model}.mcool" for model in EN_SEQUENCE_MAPPED],
        log:
            f"{LOGS}/enhancement/write_enhancement_sequence_maps.log",
        benchmark:
            f"{BENCH}/enhancement/write_enhancement_sequence_maps.tsv"
        conda:
            "../../envs/contacts.yaml"
        resources:
            mem_mb=mem_per_attempt(4000),
            runtime=60,
        params:
            runs=EN_SEQUENCE_MAPPED_RUNS,
            models=EN_SEQUENCE_MAPPED,
            ignore_diags=enhancement_sequence_settings(EN_SEQUENCE)["training"]["ignore_diags"],
        script:
            "../../workflow_scripts/enhancement/evaluation/write_sequence_maps.py"


rule predict_enhancement_image:
    input:
        code=code("enhancement/evaluation/predict_image.py"),
        dataset=EN_IMAGE_DATA,
        weights=enhancement_models((m, s) for m in EN_IMAGE_MODELS for s in EN_SEEDS),
        published_weights=[] if EN_PUBLISHED_COUNTS else EN_PUBLISHED_FILES,
    output:
        downsampled=EN_IMAGE_PREDICTIONS["downsampled"][0],
        smoothed=[EN_IMAGE_PREDICTIONS[model][0] for model in EN_SMOOTHED],
        published_predictions=[
            EN_IMAGE_PREDICTIONS[model][0] for model in EN_PUBLISHED if not EN_PUBLISHED_COUNTS
        ],
        predictions=[file for model in EN_IMAGE_MODELS for file in EN_IMAGE_PREDICTIONS[model]],
    log:
        f"{LOGS}/enhancement/predict_enhancement_image.log",
    benchmark:
        f"{BENCH}/enhancement/predict_enhancement_image.tsv"
    conda:
        f"../../envs/train{BUILD}.yaml"
    threads: EN_CONFIG["image"]["threads"]
    resources:
        gpu=GPU,
        mem_mb=mem_per_attempt(8000),
        runtime=720,
    params:
        crop=EN_IMAGE_CROP,
        max_train=EN_CONFIG["image"]["max_predicted_train"],
        smoothing=EN_CONFIG["image"]["smoothing"],
        published=[] if EN_PUBLISHED_COUNTS else list(EN_PUBLISHED.values()),
        tiles=EN_CONFIG["image"]["published"]["tiles"],
    script:
        "../../workflow_scripts/enhancement/evaluation/predict_image.py"


if EN_PUBLISHED_COUNTS:

    rule predict_enhancement_published:
        input:
            code=code("enhancement/evaluation/predict_counts.py"),
            dataset=EN_IMAGE_DATA,
            low=expand(f"{EN}/low/{{sample}}.mcool", sample=EN_PLAN.downsampled),
            network=lambda w: EN_PUBLISHED_FILES[list(EN_PUBLISHED).index(w.model)],
        output:
            predictions=f"{EN}/predictions/{{model}}.seed0.h5",
        log:
            f"{LOGS}/enhancement/predict_enhancement_published/{{model}}.log",
        benchmark:
            f"{BENCH}/enhancement/predict_enhancement_published/{{model}}.tsv"
        wildcard_constraints:
            model=one_of(EN_PUBLISHED),
        conda:
            f"../../envs/enhance{BUILD}.yaml"
        threads: EN_CONFIG["image"]["threads"]
        resources:
            gpu=GPU,
            mem_mb=mem_per_attempt(8000),
            runtime=720,
        params:
            samples=EN_PLAN.downsampled,
            name=lambda w: EN_PUBLISHED[w.model],
            crop=EN_IMAGE_CROP,
            lower_quantile=EN_CONFIG["observed"]["lower_quantile"],
            balance=config["contacts"]["balance"],
            checkpoints=f"{EN}/checkpoints/{{model}}",
        script:
            "../../workflow_scripts/enhancement/evaluation/predict_counts.py"


if EN_HYBRID_RUNS:

    rule predict_enhancement_hybrid:
        input:
            code=code("enhancement/evaluation/predict_hybrid.py"),
            dataset=EN_IMAGE_DATA,
            weights=enhancement_models(EN_HYBRID_RUNS),
        output:
            predictions=[f"{EN}/predictions/{m}.seed{s}.h5" for m, s in EN_HYBRID_PREDICTED],
        log:
            f"{LOGS}/enhancement/predict_enhancement_hybrid.log",
        benchmark:
            f"{BENCH}/enhancement/predict_enhancement_hybrid.tsv"
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
            max_train=EN_CONFIG["image"]["max_predicted_train"],
        script:
            "../../workflow_scripts/enhancement/evaluation/predict_hybrid.py"


if EN_PREDICTED_MAPS:

    rule write_enhancement_maps:
        input:
            code=code("enhancement/evaluation/write_maps.py"),
            dataset=EN_IMAGE_DATA,
            chrom_sizes=f"{EN_GENOME}/chrom.sizes",
            predictions=[file for model in EN_MAP_MODELS for file in EN_IMAGE_PREDICTIONS[model]],
        output:
            mcools=EN_PREDICTED_MAPS,
        log:
            f"{LOGS}/enhancement/write_enhancement_maps.log",
        benchmark:
            f"{BENCH}/enhancement/write_enhancement_maps.tsv"
        conda:
            "../../envs/contacts.yaml"
        resources:
            mem_mb=mem_per_attempt(4000),
            runtime=120,
        params:
            models=EN_MAP_MODELS,
            seeds=EN_SEEDS,
            maps=EN_PLAN.maps,
        script:
            "../../workflow_scripts/enhancement/evaluation/write_maps.py"


rule evaluate_enhancement:
    input:
        code=code("enhancement/evaluation/evaluate_enhancement.py"),
        sequence=EN_SEQUENCE_DATA,
        image=EN_IMAGE_DATA,
        predictions=list(EN_RUNS.values()),
        sizes=f"{EN}/tables/sizes.tsv",
    output:
        metrics=PAPERS["enhancement"].metrics,
        by_distance=f"{EN}/by_distance.tsv",
        by_map=f"{EN}/by_map.tsv",
        windows=f"{EN}/window_scores.tsv.gz",
        paired=f"{EN}/paired.tsv",
        zeroed=f"{EN}/zeroed.tsv",
    log:
        f"{LOGS}/enhancement/evaluate_enhancement.log",
    benchmark:
        f"{BENCH}/enhancement/evaluate_enhancement.tsv"
    conda:
        "../../envs/contacts.yaml"
    resources:
        mem_mb=mem_per_attempt(8000),
        runtime=240,
    params:
        runs=list(EN_RUNS),
        zeroed_models=EN_ZEROED,
        settings=EN_CONFIG["metrics"],
    script:
        "../../workflow_scripts/enhancement/evaluation/evaluate_enhancement.py"
