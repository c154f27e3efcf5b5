"""DeepChrome (Singh 2016): histone marks around the TSS to high or low gene expression."""

from workflow_scripts.deepchrome.config.plan import (
    other_order,
    plan_cells,
    plan_networks,
    plan_relabeled_cells,
    plan_tuned_cells,
    setting_name,
    splits_by_assembly,
)
from workflow_scripts.deepchrome.config.presets import (
    PREDICTION_NAMES,
    grid_settings,
    training_settings,
)

DC = f"{RESULTS}/deepchrome"
DC_CONFIG = config["deepchrome"]
DC_STUDY = DC_CONFIG["label_order_study"]
# cells of the run; those that are tuned; those that are trained under the other label order too
DC_CELLS, DC_TUNED, DC_RELABELED = {}, [], []
DC_TUNING_NETWORKS = {}

if "deepchrome" in config["papers"]:
    try:
        where = f"{CONFIG_FILE}: deepchrome"
        DC_CELLS = plan_cells(
            SAMPLES, RUNS, DC_CONFIG, config["tss_bins"]["n_bins"], where, TSS_SAMPLES
        )
        for assembly, splits in splits_by_assembly(DC_CELLS, SAMPLES).items():
            PLACE_CHECKS.add("deepchrome", assembly, splits)
        DC_TUNING_NETWORKS = plan_networks(
            DC_CONFIG["tuning"],
            DC_CONFIG["network"],
            config["tss_bins"]["n_bins"],
            f"{where}.tuning",
        )
        DC_TUNED = plan_tuned_cells(DC_CONFIG["tuning"], list(DC_CELLS), f"{where}.tuning")
        DC_RELABELED = plan_relabeled_cells(DC_STUDY, DC_CELLS, f"{where}.label_order_study")
        if DC_STUDY["expression_matrix"]:
            where += ".label_order_study.expression_matrix"
            DC_STUDY["expression_matrix"] = locate(DC_STUDY["expression_matrix"], where)
            check_file(DC_STUDY["expression_matrix"], where, GENERATED_DIRS)
    except UserError as error:
        fail(error)

# seeds of the network, and of its control on shuffled labels
DC_SEEDS = {
    "deepchrome": DC_CONFIG["seeds"],
    "deepchrome_shuffled": list(range(1, DC_CONFIG["shuffled_controls"] + 1)),
}
DC_NETWORKS = [model for model, seeds in DC_SEEDS.items() if seeds]
DC_TRAINED = [(model, seed) for model in DC_NETWORKS for seed in DC_SEEDS[model]]
# trained networks of every cell, the seeds of a cell together
DC_WEIGHTS = [
    f"{DC}/models/{cell}/deepchrome.seed{seed}.keras"
    for cell in DC_CELLS
    for seed in DC_SEEDS["deepchrome"]
]
DC_BASELINES = DC_CONFIG["baselines"]["models"]
DC_GRID = grid_settings(DC_CONFIG["baselines"], DC_CONFIG["preset"])
DC_MODELS = [*DC_NETWORKS, *(PREDICTION_NAMES[model] for model in DC_BASELINES)]
DC_CROSS_CELL = DC_CONFIG["cross_cell"]["enabled"] and len(DC_CELLS) > 1
# the label order that the run did not choose, and the networks that are trained under it
DC_OTHER_ORDER = other_order(DC_CONFIG["label_order"])
DC_RELABELED_NETWORKS = [("deepchrome", seed) for seed in DC_SEEDS["deepchrome"]]
# rows of metrics.tsv that do not come from predictions of the run's own models
DC_SCORES = [
    f"{DC}/class_maps/scores.tsv",
    *([f"{DC}/label_order/scores.tsv"] if DC_RELABELED else []),
    *([f"{DC}/bins/{cell}.metrics.tsv" for cell in DC_CELLS] if "svm" in DC_BASELINES else []),
    *([f"{DC}/tuning.metrics.tsv"] if DC_TUNED else []),
]
PAPERS["deepchrome"] = SimpleNamespace(
    title="DeepChrome",
    metrics=f"{DC}/metrics.tsv",
    targets=[],
    published=workflow_path("resources/published/deepchrome.tsv"),
)


rule deepchrome:
    input:
        # a function: the figures are registered by the files included below
        lambda wildcards: targets_of("deepchrome"),


include: "deepchrome/data.smk"
include: "deepchrome/training.smk"
include: "deepchrome/baselines.smk"
include: "deepchrome/evaluation.smk"
include: "deepchrome/interpretation.smk"
include: "deepchrome/figures.smk"
include: "deepchrome/apply.smk"
