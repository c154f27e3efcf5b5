"""Conformation (Farré 2018): chromatin factor profiles to contact maps, and back."""

from dataclasses import asdict

from workflow_scripts.conformation.config.models import plan_models
from workflow_scripts.conformation.config.plan import plan_run as plan_conformation
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
        CF_CELLS, CF_ANNOTATIONS, CF_EDITS = plan_conformation(
            CF_CONFIG,
            SAMPLES,
            RUNS,
            config,
            PLACE_CHECKS.known_sizes,
            f"{CONFIG_FILE}: conformation",
        )
        for assembly in dict.fromkeys(plan.assembly for plan in CF_CELLS.values()):
            PLACE_CHECKS.add(
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
# figures of one cell show the first one; figures of one network show that of the first seed
CF_FIRST_CELL = next(iter(CF_CELLS), "none")
CF_FIRST_SEED = CF_SEEDS[0]

CF_MODELS = plan_models(CF_SEEDS, CF_CONFIG["shuffled_controls"], CF_CELLS)
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
include: "conformation/apply.smk"
