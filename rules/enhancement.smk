"""Enhancement (Kriukov et al.): low-resolution contact maps and DNA to high-resolution maps."""

from functools import partial

from workflow_scripts.enhancement.config.places import PLACE_KEYS as EN_PLACE_KEYS
from workflow_scripts.enhancement.config.plan import (
    enhanced_files as enhancement_enhanced_files,
    input_facts as enhancement_input_facts,
    plan_enhance as plan_enhanced_maps,
    plan_maps as plan_enhancement_maps,
)
from workflow_scripts.enhancement.config.published import (
    published_models as enhancement_published_models,
    weights_place as enhancement_weights_place,
)
from workflow_scripts.enhancement.config.presets import (
    AUTOENCODERS as EN_AUTOENCODER_OF,
    HYBRID_MODELS as EN_HYBRID_MODEL_OF,
    IMAGE_MODEL as EN_IMAGE_MODEL,
    hybrid_settings as enhancement_hybrid_settings,
    image_crop as enhancement_image_crop,
    image_models as enhancement_image_models,
    image_settings as enhancement_image_settings,
    sequence_settings as enhancement_sequence_settings,
    sequence_variants as enhancement_sequence_variants,
    zeroed_models as enhancement_zeroed_models,
)

EN = f"{RESULTS}/enhancement"
EN_CONFIG = config["enhancement"]
EN_WHERE = f"{CONFIG_FILE}: enhancement"
EN_SEEDS = EN_CONFIG["seeds"]
EN_IMAGE_DATA = f"{EN}/data/image.h5"
# numeric settings of all trainings
EN_COMPUTE = {
    key: EN_CONFIG[key] for key in ("gradient_accumulation_steps", "mixed_precision", "jit_compile")
}
# files of each trained network, by the name of the rule's output
EN_MODEL_FILES = {"weights": "keras", "history": "history.tsv", "record": "run.json"}
EN_PLAN = SimpleNamespace(assembly="none", maps=[], downsampled=[], has_fasta=True)
EN_ENHANCE = SimpleNamespace(maps={}, network="", model="")
EN_EMBEDDINGS = []


enhancement_models = partial(network_files, EN)
enhancement_predictions = partial(map_prediction_files, EN)

# Sequence models: DNA to O/E maps. Controls may have fewer seeds and are trained by their own rule.
EN_SEQUENCE = EN_CONFIG["sequence"]
EN_SEQUENCE_VARIANTS = enhancement_sequence_variants(EN_SEQUENCE, EN_SEEDS, EN_CONFIG["embeddings"])
EN_SEQUENCE_DATA = f"{EN}/data/sequence.h5" if EN_SEQUENCE_VARIANTS else []
EN_SEQUENCE_MODELS = [m for m, v in EN_SEQUENCE_VARIANTS.items() if v["seeds"] == EN_SEEDS]
EN_SEQUENCE_CONTROLS = [m for m, v in EN_SEQUENCE_VARIANTS.items() if v["seeds"] != EN_SEEDS]
EN_SEQUENCE_PREDICTIONS = enhancement_predictions(
    {model: variant["seeds"] for model, variant in EN_SEQUENCE_VARIANTS.items()}
)

# Image models: low resolution to high resolution, and the autoencoders that their losses need
EN_IMAGE_MODELS = enhancement_image_models(EN_CONFIG["image"])
# file of HiCSR's own autoencoder, if its loss takes this one
EN_DAE_FILES = {}
if EN_CONFIG["image"]["published"]["hicsr_dae"] and "hicsr" in EN_IMAGE_MODELS:
    EN_DAE_FILES["hicsr"] = enhancement_weights_place("hicsr_dae")
EN_AUTOENCODERS = list(
    dict.fromkeys(
        EN_AUTOENCODER_OF[m]
        for m in EN_IMAGE_MODELS
        if m in EN_AUTOENCODER_OF and m not in EN_DAE_FILES
    )
)
EN_AUTOENCODER_RUNS = [(kind, seed) for kind in EN_AUTOENCODERS for seed in EN_SEEDS]

# Hybrids of a sequence and an image model. Zeroed: the map of one of the two is blank (Figure 7).
EN_HYBRID = EN_CONFIG["hybrid"]
EN_HYBRID_MODELS = [EN_HYBRID_MODEL_OF[variant] for variant in EN_HYBRID["variants"]]
EN_ZEROED = enhancement_zeroed_models(EN_HYBRID["variants"])
EN_HYBRID_RUNS = [(model, seed) for model in EN_HYBRID_MODELS for seed in EN_SEEDS]
EN_HYBRID_PREDICTED = [*EN_HYBRID_RUNS, *[(m, s) for m in EN_ZEROED for s in EN_SEEDS]]

# networks with their authors' weights
EN_PUBLISHED = enhancement_published_models(EN_CONFIG["image"]["published"])
EN_PUBLISHED_FILES = []
EN_PUBLISHED_COUNTS = EN_CONFIG["image"]["published"]["input"] == "counts"
EN_SMOOTHED = ["smoothed"] if EN_CONFIG["image"]["smoothing"] else []

EN_IMAGE_PREDICTIONS = enhancement_predictions(
    dict.fromkeys(["downsampled", *EN_SMOOTHED, *EN_PUBLISHED], [0])
    | dict.fromkeys([*EN_IMAGE_MODELS, *EN_HYBRID_MODELS, *EN_ZEROED], EN_SEEDS)
)
# seeds of every network that has a history
EN_TRAINED = {
    **{model: variant["seeds"] for model, variant in EN_SEQUENCE_VARIANTS.items()},
    **dict.fromkeys([*EN_IMAGE_MODELS, *EN_AUTOENCODERS, *EN_HYBRID_MODELS], EN_SEEDS),
}

try:
    if "enhancement" in config["papers"]:
        EN_PLAN = plan_enhancement_maps(
            SAMPLES, EN_CONFIG, config["contacts"]["resolutions"], config["assemblies"], EN_WHERE
        )
        PLACE_CHECKS.add(
            "enhancement",
            EN_PLAN.assembly,
            {key: EN_CONFIG[key] for key in EN_PLACE_KEYS},
            EN_PLAN.maps,
        )
    EN_IMAGE_SETTINGS = {
        model: enhancement_image_settings(EN_CONFIG["image"], model)
        for model in (*EN_IMAGE_MODELS, *EN_AUTOENCODER_OF.values())
    }
    for name in EN_PUBLISHED.values():
        place = f"{EN_WHERE}.image.published"
        EN_PUBLISHED_FILES.append(locate(enhancement_weights_place(name), place))
        check_file(EN_PUBLISHED_FILES[-1], place, GENERATED_DIRS, "binary")
    for model, file in EN_DAE_FILES.items():
        EN_DAE_FILES[model] = locate(file, f"{EN_WHERE}.image.published.hicsr_dae")
        check_file(EN_DAE_FILES[model], f"{EN_WHERE}.image.published", GENERATED_DIRS, "binary")
    EN_HYBRID_SETTINGS = enhancement_hybrid_settings(EN_CONFIG, EN_WHERE)
    if EN_CONFIG["embeddings"]:
        EN_EMBEDDINGS = locate(EN_CONFIG["embeddings"], f"{EN_WHERE}.embeddings")
        check_file(EN_EMBEDDINGS, f"{EN_WHERE}.embeddings", GENERATED_DIRS, "binary")
    if "enhancement" in config["papers"]:
        EN_ENHANCE = plan_enhanced_maps(
            EN_CONFIG["enhance"],
            EN_CONFIG,
            samples={sample: f"{CONTACTS}/{sample}.mcool" for sample in CONTACT_SAMPLES},
            models={
                model: dict(
                    zip(EN_SEEDS, enhancement_models((model, s) for s in EN_SEEDS), strict=True)
                )
                for model in EN_IMAGE_MODELS
            },
            locate=locate,
            where=f"{EN_WHERE}.enhance",
        )
        for path in EN_ENHANCE.maps.values():
            check_file(path.split("::")[0], f"{EN_WHERE}.enhance.maps", GENERATED_DIRS, "cool")
        if EN_ENHANCE.maps:
            check_file(EN_ENHANCE.network, f"{EN_WHERE}.enhance.model", GENERATED_DIRS, "binary")
except UserError as error:
    fail(error)

EN_IMAGE_CROP = enhancement_image_crop(EN_CONFIG["image"])
EN_GENOME = f"{RESULTS}/genome/{EN_PLAN.assembly}"
EN_ENHANCED = enhancement_enhanced_files(EN_ENHANCE.maps, f"{EN}/enhanced")
PAPERS["enhancement"] = SimpleNamespace(
    title="Enhancement",
    metrics=f"{EN}/metrics.tsv",
    targets=EN_ENHANCED,
    published=workflow_path("resources/published/enhancement.tsv"),
)


rule enhancement:
    input:
        # a function, since the files included below add their figures
        lambda wildcards: targets_of("enhancement"),


rule enhance:
    input:
        EN_ENHANCED,


include: "enhancement/data.smk"
include: "enhancement/training.smk"
include: "enhancement/evaluation.smk"
include: "enhancement/figures.smk"
include: "enhancement/apply.smk"
include: "enhancement/apply_sequence.smk"
