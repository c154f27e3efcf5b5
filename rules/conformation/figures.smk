"""Conformation: the tables that figures are drawn from, and the figures, one record each.

rules/figures.smk makes a rule of every record.
"""


rule tabulate_conformation_region_map:
    input:
        code=code("conformation/figures/tabulate_region_map.py"),
        dataset=f"{CF}/data/{{cell}}.npz",
        predictions=[
            f"{CF}/predictions/{{cell}}/{model}.seed{CF_FIRST_SEED}.npz"
            for model in ("forward", "forward_pairwise")
        ],
    output:
        table=f"{CF}/tables/{{cell}}.map.tsv.gz",
    log:
        f"{LOGS}/conformation/tabulate_conformation_region_map/{{cell}}.log",
    benchmark:
        f"{BENCH}/conformation/tabulate_conformation_region_map/{{cell}}.tsv"
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=mem_per_attempt(2000),
        runtime=10,
    params:
        input_keys=dict(predictions=["forward", "forward_pairwise"]),
        region=CF_CONFIG["figures"]["region"],
        max_region_length=CF_CONFIG["figures"]["max_region_length"],
    script:
        "../../workflow_scripts/conformation/figures/tabulate_region_map.py"


rule tabulate_conformation_window_tracks:
    input:
        code=code("conformation/figures/tabulate_window_tracks.py"),
        dataset=f"{CF}/data/{{cell}}.npz",
        predictions=[f"{CF}/predictions/{{cell}}/{m}.seed{s}.npz" for m, s in CF_MODELS.maps],
        backward=[f"{CF}/sigma/{{cell}}.seed{s}.windows.tsv" for s in CF_SEEDS],
    output:
        table=f"{CF}/tables/{{cell}}.tracks.tsv.gz",
    log:
        f"{LOGS}/conformation/tabulate_conformation_window_tracks/{{cell}}.log",
    benchmark:
        f"{BENCH}/conformation/tabulate_conformation_window_tracks/{{cell}}.tsv"
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=mem_per_attempt(2000),
        runtime=10,
    params:
        input_keys=dict(predictions=CF_MODELS.maps, backward=CF_SEEDS),
    script:
        "../../workflow_scripts/conformation/figures/tabulate_window_tracks.py"


# (cell, model, seed) of the training histories that are drawn
CF_HISTORIES = [
    (c, m, s)
    for c in CF_CELLS
    for m in ("forward", "backward", "linear", "forward_pairwise")
    for s in CF_SEEDS
]

add_figure(
    "conformation/fig1",
    "Figure 1: architecture (schematic)",
    inputs=dict(layers=f"{CF}/tables/{CF_FIRST_CELL}.layers.tsv"),
)

add_figure(
    "conformation/fig2a",
    "Figure 2a: measured and predicted map",
    inputs=dict(table=f"{CF}/tables/{CF_FIRST_CELL}.map.tsv.gz"),
    params=dict(resolution=CF_CONFIG["resolution"]),
)

add_figure(
    "conformation/fig2b",
    "Figure 2b: filter weights",
    inputs=dict(
        weights={s: f"{CF}/weights/{CF_FIRST_CELL}.seed{s}.tsv" for s in CF_SEEDS},
        published=PAPERS["conformation"].published,
    ),
)

add_figure(
    "conformation/fig2c",
    "Figure 2c: distribution of σ by activity",
    inputs=dict(
        sigma={s: f"{CF}/sigma/{CF_FIRST_CELL}.seed{s}.tsv.gz" for s in CF_SEEDS},
        annotation=f"{CF}/annotation/{CF_FIRST_CELL}.tsv.gz",
    ),
)

add_figure(
    "conformation/fig2d",
    "Figure 2d: σ along the test split",
    inputs=dict(sigma=f"{CF}/sigma/{CF_FIRST_CELL}.seed{CF_FIRST_SEED}.tsv.gz"),
    params=dict(
        region=CF_CONFIG["figures"]["region"],
        max_region_length=CF_CONFIG["figures"]["max_region_length"],
        window=CF_CONFIG["window"],
    ),
)

add_figure(
    "conformation/fig3a",
    "Figure 3a: three predictions (schematic)",
    inputs=dict(metrics=PAPERS["conformation"].metrics),
    params=dict(cell=CF_FIRST_CELL),
)

add_figure(
    "conformation/fig3b",
    "Figure 3b: correlation along the test split",
    inputs=dict(
        tracks=f"{CF}/tables/{CF_FIRST_CELL}.tracks.tsv.gz", metrics=PAPERS["conformation"].metrics
    ),
    params=dict(cell=CF_FIRST_CELL),
)

add_figure(
    "conformation/fig4a",
    "Figure 4a: ∂contact/∂σ, four pairs",
    inputs=dict(
        region=f"{CF}/gradients/{CF_FIRST_CELL}.forward_region.tsv",
        profiles=f"{CF}/gradients/{CF_FIRST_CELL}.forward_profiles.tsv",
    ),
    params=dict(resolution=CF_CONFIG["resolution"]),
    mem_mb=2000,
)

add_figure(
    "conformation/fig4b",
    "Figure 4b: ∂contact/∂σ, mean by distance",
    inputs=dict(distances=f"{CF}/gradients/{CF_FIRST_CELL}.forward_distances.tsv"),
    params=dict(resolution=CF_CONFIG["resolution"]),
    mem_mb=2000,
)

add_figure(
    "conformation/fig5a",
    "Figure 5a: ∂σ/∂contact, three positions",
    inputs=dict(
        maps=f"{CF}/gradients/{CF_FIRST_CELL}.backward_maps.tsv",
        sigma=f"{CF}/gradients/{CF_FIRST_CELL}.backward_sigma.tsv",
    ),
    params=dict(resolution=CF_CONFIG["resolution"]),
    mem_mb=2000,
)

add_figure(
    "conformation/fig5b",
    "Figure 5b: ∂σ/∂contact, means by state of the bin",
    inputs=dict(means=f"{CF}/gradients/{CF_FIRST_CELL}.backward_means.tsv"),
    params=dict(resolution=CF_CONFIG["resolution"], settings=CF_CONFIG["gradients"]),
    mem_mb=2000,
)

add_figure(
    "conformation/figs1",
    "Figure S1: distribution of σ by chromatin state",
    inputs=dict(
        sigma={s: f"{CF}/sigma/{CF_FIRST_CELL}.seed{s}.tsv.gz" for s in CF_SEEDS},
        annotation=f"{CF}/annotation/{CF_FIRST_CELL}.tsv.gz",
    ),
    shown=bool(samples_with(assay="segmentation", cell=CF_FIRST_CELL)),
)

add_figure(
    "conformation/edits",
    "Edits: predicted maps after in-silico edits",
    inputs=dict(
        tables=dict(
            zip([edit.name for edit in CF_EDITS], rules.predict_conformation_edits.output.tables)
        )
    ),
    params=dict(
        resolution=CF_CONFIG["resolution"],
        descriptions={edit.name: edit.description for edit in CF_EDITS},
    ),
    mem_mb=2000,
    shown=bool(CF_EDITS),
)

add_figure(
    "conformation/baselines",
    "Baselines: scores of all models",
    inputs=dict(metrics=PAPERS["conformation"].metrics),
    params=dict(
        cells=list(CF_CELLS),
        min_distance=CF_CONFIG["evaluate"]["min_distance"],
        refitted=CF_REFITTED,
    ),
)

add_figure(
    "conformation/distance",
    "Distance: correlation by distance",
    inputs=dict(scores=f"{CF}/tables/distance.tsv"),
    params=dict(
        cells=list(CF_CELLS),
        min_distance=CF_CONFIG["evaluate"]["min_distance"],
        refitted=CF_REFITTED,
    ),
)

add_figure(
    "conformation/learning",
    "Learning curves: loss and validation score",
    inputs=dict(
        histories={
            (c, m, s): f"{CF}/models/{c}/{m}.seed{s}.history.tsv" for c, m, s in CF_HISTORIES
        }
    ),
)
