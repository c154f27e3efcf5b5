"""DeepExpression (Zeng 2018): promoter sequence and HiChIP loops to gene expression."""

from workflow_scripts.deepexpression.config.plan import (
    FAMILIES as DE_FAMILIES,
    MOTIF_MODELS as DE_MOTIF_MODELS,
    choose_main_scheme,
    choose_subsets,
    cross_runs,
    enhancer_peaks,
    learning_runs,
    motif_sets,
    plan_baselines,
    plan_cells as plan_expression_cells,
    plan_cross,
    plan_networks,
    scored_runs,
)
from workflow_scripts.deepexpression.config.presets import (
    baseline_grid,
    preset_settings as expression_preset,
)

DE = f"{RESULTS}/deepexpression"
DE_CONFIG = config["deepexpression"]
DE_ENABLED = "deepexpression" in config["papers"]
DE_WHERE = f"{CONFIG_FILE}: deepexpression"
DE_TASKS = DE_CONFIG["tasks"]
DE_SEEDS = DE_CONFIG["seeds"]
DE_SCHEMES = DE_CONFIG["cv_schemes"]
DE_MOTIFS = DE_CONFIG["motifs"]
DE_ENHANCERS = DE_CONFIG["enhancer_motifs"]
DE_CELLS, DE_MOTIF_CELLS, DE_MOTIF_TASKS, DE_ENHANCER_CELLS, DE_CONTROL_CELLS = {}, [], [], [], []

try:
    # scheme of the figures that show one; its scores are also split `test` of metrics.tsv
    DE_MAIN = choose_main_scheme(DE_CONFIG, DE_WHERE)
    if DE_ENABLED:
        for key in ("fasta", "tss"):
            if DE_CONFIG["promoters"][key]:
                where = f"{DE_WHERE}.promoters.{key}"
                DE_CONFIG["promoters"][key] = locate(DE_CONFIG["promoters"][key], where)
                check_file(DE_CONFIG["promoters"][key], where, GENERATED_DIRS)
        DE_CELLS = plan_expression_cells(
            SAMPLES, DE_CONFIG, config["assemblies"], config["loops"]["resolution"], DE_WHERE
        )
        DE_CONTROL_CELLS, DE_MOTIF_CELLS, DE_MOTIF_TASKS, DE_ENHANCER_CELLS = choose_subsets(
            DE_CONFIG,
            DE_CELLS,
            [cell for cell in DE_CELLS if genes_of(next(iter(samples_with(cell=cell))))],
            DE_MAIN,
            DE_WHERE,
        )
    DE_NETWORKS = plan_networks(
        DE_CONFIG if DE_CELLS else {**DE_CONFIG, "hichip_windows": []},
        config["loops"]["resolution"],
        DE_WHERE,
    )
    DE_PRESET = expression_preset(
        DE_CONFIG["preset"],
        **{key: DE_CONFIG[key] for key in ("network", "training", "finetune")},
        where=DE_WHERE,
    )
except UserError as error:
    fail(error)

# cells with loops have the full model, the others only the sequence model
DE_HICHIP = [cell for cell, plan in DE_CELLS.items() if plan.hichip]
DE_SEQUENCE_CELLS = [cell for cell, plan in DE_CELLS.items() if not plan.hichip]
# the genome that all cells share; none if promoters come from a FASTA
DE_ASSEMBLY = next((plan.assembly for plan in DE_CELLS.values()), "")
DE_GENOME = f"{RESULTS}/genome/{DE_ASSEMBLY or 'none'}"

# --- baselines
DE_GRID = baseline_grid(DE_CONFIG["baselines"])
DE_BASELINES = {
    family: plan_baselines(DE_CONFIG, DE_CELLS, models) for family, models in DE_FAMILIES.items()
}

# --- networks: seeds of every model of a cell that makes predictions
DE_CELL_MODELS = {
    cell: DE_NETWORKS.of_cell(plan, shuffled=cell in DE_CONTROL_CELLS)
    for cell, plan in DE_CELLS.items()
}
# task, model and cells of each table of predictions across cells
DE_CROSS = plan_cross(DE_CELLS, DE_TASKS)
# (task, model) pairs in the order of the rules' files
DE_STAGE_TWO_PAIRS = [(t, m) for t in DE_TASKS for m in DE_NETWORKS.stage_two]
DE_TRAINED_PAIRS = [(t, m) for t in DE_TASKS for m in ["seq", *DE_NETWORKS.stage_two]]
DE_PREDICTED_PAIRS = [(t, m) for t in DE_TASKS for m in DE_NETWORKS.predicted]
DE_CONTROL_PAIRS = [(t, f"{m}_shuffled") for t in DE_TASKS for m in ("seq", "full")]
DE_SEQUENCE_PAIRS = [(t, "seq") for t in DE_TASKS]
DE_SEQUENCE_CONTROL_PAIRS = [(t, "seq_shuffled") for t in DE_TASKS]
DE_FOLDER = f"{DE}/models/{{{{cell}}}}/{{task}}.{{{{scheme}}}}.{{model}}.seed{{{{seed}}}}"
DE_PREDICTION = (
    f"{DE}/predictions/{{{{cell}}}}/{{task}}.{{{{scheme}}}}.{{model}}.seed{{{{seed}}}}.tsv.gz"
)

# --- evaluation
DE_RUNS = scored_runs(DE_CELL_MODELS, DE_BASELINES.values(), DE_TASKS, DE_SCHEMES)
DE_CROSS_RUNS = cross_runs(DE_CROSS, DE_BASELINES.values(), DE_MAIN, DE_SEEDS)
DE_LEARNING = learning_runs(DE_CELL_MODELS, DE_TASKS)
# Figure 1 shows the network of the first cell, preferably one with HiChIP
DE_SHOWN = next(iter([*DE_HICHIP, *DE_CELLS]), "none")
DE_SHOWN_MODELS = ["seq", "full"] if DE_HICHIP else ["seq"]

# --- motifs
DE_MOTIF_SETS = motif_sets(
    DE_MOTIF_CELLS, DE_MOTIF_TASKS, DE_MOTIFS["controls"], DE_CELL_MODELS, DE_SEEDS[0]
)
DE_ENHANCER_KINDS = ["found", "control"] if DE_ENHANCERS["control"] else ["found"]
DE_ENHANCER_SETS = [(cell, kind) for cell in DE_ENHANCER_CELLS for kind in DE_ENHANCER_KINDS]
# settings of the enhancer windows; the other ones are those of CisModule
DE_WINDOW_KEYS = ("merge_distance", "window_width", "min_tss_distance", "max_windows")
DE_SEARCH = {
    key: DE_MOTIFS[key] for key in ("jaspar_releases", "taxon", "max_evalue", "reported_factors")
}
# in a simulated genome, motifs are compared with those planted
if DE_ENABLED and DE_ASSEMBLY and config["assemblies"][DE_ASSEMBLY]["fasta"].startswith(WORLD):
    STAGE_TARGETS.append(f"{DE}/motifs/demo_truth.tsv")

PAPERS["deepexpression"] = SimpleNamespace(
    title="DeepExpression",
    metrics=f"{DE}/metrics.tsv",
    targets=[],
    published=workflow_path("resources/published/deepexpression.tsv"),
)


rule deepexpression:
    input:
        # a function, because the files included below add figures
        lambda wildcards: targets_of("deepexpression"),


include: "deepexpression/data.smk"
include: "deepexpression/baselines.smk"
include: "deepexpression/training.smk"
include: "deepexpression/evaluation.smk"
include: "deepexpression/motifs.smk"
include: "deepexpression/figures.smk"
include: "deepexpression/apply.smk"
