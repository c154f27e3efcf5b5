"""Conformation: its figures. figures.smk makes a rule of each."""

# trainings whose curves are drawn
CF_CURVES = [
    (c, m, s)
    for c in CF_CELLS
    for m in ("forward", "backward", "linear", "forward_pairwise")
    for s in CF_SEEDS
]

add_figure(
    "conformation",
    "fig1",
    item="Figure 1",
    what="architecture (schematic)",
    inputs=dict(layers=f"{CF}/tables/{CF_SHOWN}.layers.tsv"),
)

add_figure(
    "conformation",
    "fig2a",
    item="Figure 2a",
    what="measured and predicted map",
    inputs=dict(table=f"{CF}/tables/{CF_SHOWN}.map.tsv.gz"),
    params=dict(resolution=CF_CONFIG["resolution"]),
)

add_figure(
    "conformation",
    "fig2b",
    item="Figure 2b",
    what="filter weights",
    inputs=dict(
        weights={s: f"{CF}/weights/{CF_SHOWN}.seed{s}.tsv" for s in CF_SEEDS},
        published=PAPERS["conformation"].published,
    ),
)

add_figure(
    "conformation",
    "fig2c",
    item="Figure 2c",
    what="σ by activity",
    inputs=dict(
        sigma={s: f"{CF}/sigma/{CF_SHOWN}.seed{s}.tsv.gz" for s in CF_SEEDS},
        annotation=f"{CF}/annotation/{CF_SHOWN}.tsv.gz",
    ),
)

add_figure(
    "conformation",
    "fig2d",
    item="Figure 2d",
    what="σ along the test part",
    inputs=dict(sigma=f"{CF}/sigma/{CF_SHOWN}.seed{CF_SEED}.tsv.gz"),
    params=dict(
        region=CF_CONFIG["figures"]["region"],
        longest=CF_CONFIG["figures"]["longest"],
        window=CF_CONFIG["window"],
    ),
)

add_figure(
    "conformation",
    "fig3a",
    item="Figure 3a",
    what="three predictions (schematic)",
    inputs=dict(metrics=PAPERS["conformation"].metrics),
    params=dict(cell=CF_SHOWN),
)

add_figure(
    "conformation",
    "fig3b",
    item="Figure 3b",
    what="correlation along the test part",
    inputs=dict(
        tracks=f"{CF}/tables/{CF_SHOWN}.tracks.tsv.gz",
        metrics=PAPERS["conformation"].metrics,
    ),
    params=dict(cell=CF_SHOWN),
)

add_figure(
    "conformation",
    "fig4a",
    item="Figure 4a",
    what="contacts by σ, four pairs",
    inputs=dict(
        region=f"{CF}/gradients/{CF_SHOWN}.forward_region.tsv",
        profiles=f"{CF}/gradients/{CF_SHOWN}.forward_profiles.tsv",
    ),
    params=dict(resolution=CF_CONFIG["resolution"]),
    mem_mb=2000,
)

add_figure(
    "conformation",
    "fig4b",
    item="Figure 4b",
    what="contacts by σ, mean by distance",
    inputs=dict(distances=f"{CF}/gradients/{CF_SHOWN}.forward_distances.tsv"),
    params=dict(resolution=CF_CONFIG["resolution"]),
    mem_mb=2000,
)

add_figure(
    "conformation",
    "fig5a",
    item="Figure 5a",
    what="σ by contacts, three places",
    inputs=dict(
        maps=f"{CF}/gradients/{CF_SHOWN}.backward_maps.tsv",
        sigma=f"{CF}/gradients/{CF_SHOWN}.backward_sigma.tsv",
    ),
    params=dict(resolution=CF_CONFIG["resolution"]),
    mem_mb=2000,
)

add_figure(
    "conformation",
    "fig5b",
    item="Figure 5b",
    what="σ by contacts, means by activity",
    inputs=dict(means=f"{CF}/gradients/{CF_SHOWN}.backward_means.tsv"),
    params=dict(resolution=CF_CONFIG["resolution"]),
    mem_mb=2000,
)

add_figure(
    "conformation",
    "figs1",
    item="Figure S1",
    what="σ by chromatin state",
    inputs=dict(
        sigma={s: f"{CF}/sigma/{CF_SHOWN}.seed{s}.tsv.gz" for s in CF_SEEDS},
        annotation=f"{CF}/annotation/{CF_SHOWN}.tsv.gz",
    ),
    shown=bool(samples_with(assay="segmentation", cell=CF_SHOWN)),
)

add_figure(
    "conformation",
    "edits",
    item="Edits",
    what="maps of edited profiles",
    inputs=dict(
        tables=dict(zip([edit.name for edit in CF_EDITS], rules.predict_edits.output.tables))
    ),
    params=dict(
        resolution=CF_CONFIG["resolution"],
        said={edit.name: edit.said for edit in CF_EDITS},
    ),
    mem_mb=2000,
    shown=bool(CF_EDITS),
)

add_figure(
    "conformation",
    "baselines",
    item="Baselines",
    what="all models beside each other",
    inputs=dict(metrics=PAPERS["conformation"].metrics),
    params=dict(cells=list(CF_CELLS), min_distance=CF_CONFIG["evaluate"]["min_distance"]),
)

add_figure(
    "conformation",
    "distance",
    item="Distance",
    what="correlation by distance",
    inputs=dict(scores=f"{CF}/tables/distance.tsv"),
    params=dict(cells=list(CF_CELLS), min_distance=CF_CONFIG["evaluate"]["min_distance"]),
)

add_figure(
    "conformation",
    "learning",
    item="Learning curves",
    what="loss and validation score",
    inputs=dict(
        histories={(c, m, s): f"{CF}/models/{c}/{m}.seed{s}.history.tsv" for c, m, s in CF_CURVES},
    ),
)
