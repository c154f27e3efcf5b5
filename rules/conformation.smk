"""Conformation (Farré 2018): chromatin factor profiles to contact maps, and back."""

from dataclasses import asdict

from workflow_scripts.conformation.config.plan import (
    cell_segmentations,
    check_activity_unit,
    check_grouping,
    plan_annotation,
    plan_cells as plan_conformation_cells,
    plan_edits,
)
from workflow_scripts.conformation.config.places import PLACE_KEYS
from workflow_scripts.conformation.config.presets import (
    refitted_models,
    training_settings as conformation_training,
)

CF = f"{RESULTS}/conformation"
CF_CONFIG = config["conformation"]
CF_CELLS = {}
CF_ANNOTATIONS = {}
CF_EDITS = []

if "conformation" in config["papers"]:
    try:
        CF_CELLS = plan_conformation_cells(
            SAMPLES, CF_CONFIG, config["contacts"]["resolutions"], f"{CONFIG_FILE}: conformation"
        )
        CF_ANNOTATIONS = {
            cell: plan_annotation(
                cell,
                SAMPLES,
                bool(config["assemblies"][plan.assembly]["gtf"]),
                CF_CONFIG["activity"],
                f"{CONFIG_FILE}: conformation.activity",
            )
            for cell, plan in CF_CELLS.items()
        }
        check_activity_unit(
            CF_ANNOTATIONS,
            SAMPLES,
            RUNS,
            CF_CONFIG["activity"],
            f"{CONFIG_FILE}: conformation.activity",
        )
        check_grouping(
            CF_ANNOTATIONS, CF_CONFIG["gradients"]["group_by"], f"{CONFIG_FILE}: conformation"
        )
        CF_FACTORS = {cell: list(dict.fromkeys(plan.factors)) for cell, plan in CF_CELLS.items()}
        CF_EDITS = plan_edits(
            CF_CONFIG["edits"],
            CF_FACTORS,
            cell_segmentations(SAMPLES, RUNS, CF_FACTORS),
            {cell: known_chromosomes(plan.assembly) for cell, plan in CF_CELLS.items()},
            f"{CONFIG_FILE}: conformation.edits",
        )
        for assembly in dict.fromkeys(plan.assembly for plan in CF_CELLS.values()):
            check_places(
                "conformation",
                assembly,
                {key: CF_CONFIG[key] for key in PLACE_KEYS},
                [
                    sample
                    for assay in CONTACT_ASSAYS
                    for cell, plan in CF_CELLS.items()
                    if plan.assembly == assembly
                    for sample in samples_with(assay=assay, cell=cell)
                ],
            )
    except UserError as error:
        fail(error)

CF_SEEDS = CF_CONFIG["seeds"]
CF_SHUFFLED_SEEDS = list(range(1, CF_CONFIG["shuffled_controls"] + 1))
# figures of one cell show the first one; figures of one network show that of the first seed
CF_FIRST_CELL = next(iter(CF_CELLS), "none")
CF_FIRST_SEED = CF_SEEDS[0]

# Models and their seeds. Ridge regression is deterministic; the seed of its control shuffles the bins.
CF_WINDOW_MODELS = {
    "forward": CF_SEEDS,
    "linear": CF_SEEDS,
    "forward_shuffled": CF_SHUFFLED_SEEDS,
    "linear_shuffled": CF_SHUFFLED_SEEDS,
}
CF_PAIR_MODELS = {
    "forward_pairwise": CF_SEEDS,
    "ridge": [0],
    "forward_pairwise_shuffled": CF_SHUFFLED_SEEDS,
    "ridge_shuffled": CF_SHUFFLED_SEEDS,
}
CF_MAP_MODELS = {
    "mean": [0],
    **CF_WINDOW_MODELS,
    "forward_from_backward": CF_SEEDS,
    "forward_from_smoothed": CF_SEEDS,
    **CF_PAIR_MODELS,
}
CF_EDIT_MODELS = {model: CF_SEEDS for model in ("forward", "forward_pairwise")}

# (model, seed) of the networks that one job trains. The other networks wait for the forward ones.
CF_FORWARD = [("forward", seed) for seed in CF_SEEDS]
CF_CONTROLS = [(m, s) for m, seeds in CF_WINDOW_MODELS.items() for s in seeds if m != "forward"]
CF_PAIRWISE = [
    (m, s) for m, seeds in CF_PAIR_MODELS.items() for s in seeds if not m.startswith("ridge")
]
# (model, seed) of all predicted maps; (cell, model, seed) and (cell, seed) of the whole run
CF_MAPS = [(m, s) for m, seeds in CF_MAP_MODELS.items() for s in seeds]
CF_CELL_MAPS = [(c, m, s) for c in CF_CELLS for m, s in CF_MAPS]
CF_CELL_SEEDS = [(c, s) for c in CF_CELLS for s in CF_SEEDS]

CF_TRAINING = {
    network: conformation_training(CF_CONFIG["preset"], network, CF_CONFIG[section])
    for network, section in (("forward", "training"), ("backward", "backward"))
}
CF_REFITTED = refitted_models(CF_CONFIG, CF_TRAINING["forward"]["refit"])
PAPERS["conformation"] = SimpleNamespace(
    title="Conformation",
    metrics=f"{CF}/metrics.tsv",
    targets=[],
    published=workflow_path("resources/published/conformation.tsv"),
)


rule conformation:
    input:
        # a function, because the figures are registered by the files included below
        lambda wildcards: targets_of("conformation"),


include: "conformation/data.smk"
include: "conformation/training.smk"
include: "conformation/baselines.smk"
include: "conformation/evaluation.smk"
include: "conformation/interpretation.smk"
include: "conformation/figures.smk"
