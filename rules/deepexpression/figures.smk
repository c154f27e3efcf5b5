"""DeepExpression: its figures and tables. figures.smk makes a rule of each."""

add_figure(
    "deepexpression",
    "table1",
    item="Table 1",
    what="data of each cell",
    inputs=dict(summary=f"{DE}/tables/summary.tsv"),
)

add_figure(
    "deepexpression",
    "fig1",
    item="Figure 1",
    what="architecture (schematic)",
    inputs=dict(layers=f"{DE}/tables/layers.tsv"),
)

add_figure(
    "deepexpression",
    "fig2a",
    item="Figure 2a",
    what="sum of loops and expression",
    inputs=dict(genes=f"{DE}/tables/genes.tsv.gz"),
    params=dict(cells=DE_HICHIP),
    shown=bool(DE_HICHIP),
)

add_figure(
    "deepexpression",
    "fig2b",
    item="Figure 2b",
    what="number of loops and expression",
    inputs=dict(genes=f"{DE}/tables/genes.tsv.gz"),
    params=dict(cells=DE_HICHIP),
    shown=bool(DE_HICHIP),
)

add_figure(
    "deepexpression",
    "fig2c",
    item="Figure 2c",
    what="loops and expression of one gene",
    inputs=dict(table=f"{DE}/tables/gene_loops.tsv"),
    shown=bool(DE_HICHIP),
)

add_figure(
    "deepexpression",
    "fig3",
    item="Figure 3",
    what="AUC by number of folds",
    inputs=dict(metrics=PAPERS["deepexpression"].metrics),
    shown="classification" in DE_TASKS,
)

add_figure(
    "deepexpression",
    "fig4",
    item="Figure 4",
    what="PCC by number of folds",
    inputs=dict(metrics=PAPERS["deepexpression"].metrics),
    shown="regression" in DE_TASKS,
)

add_figure(
    "deepexpression",
    "fig5",
    item="Figure 5",
    what="prediction across cells",
    inputs=dict(metrics=PAPERS["deepexpression"].metrics),
    params=dict(split=DE_MAIN),
    shown="regression" in DE_TASKS and bool(DE_CROSS_RUNS),
)

add_figure(
    "deepexpression",
    "fig6",
    item="Figure 6",
    what="without promoter, without HiChIP",
    inputs=dict(metrics=PAPERS["deepexpression"].metrics),
    params=dict(split=DE_MAIN),
    shown="regression" in DE_TASKS and bool(DE_HICHIP),
)

add_figure(
    "deepexpression",
    "fig7",
    item="Figure 7",
    what="PCC by window of HiChIP",
    inputs=dict(metrics=PAPERS["deepexpression"].metrics),
    params=dict(split=DE_MAIN, reach=DE_CONFIG["hichip"]["reach"]),
    shown="regression" in DE_TASKS
    and bool(DE_HICHIP and any(m.endswith("kb") for m in DE_NETWORKS.stage_two)),
)

add_figure(
    "deepexpression",
    "fig8",
    item="Figure 8",
    what="promoter motifs and their matches",
    inputs=dict(logos=f"{DE}/motifs/promoters/logos.tsv"),
    params=dict(cells=DE_MOTIF_CELLS[:4], most=DE_MOTIFS["drawn"], cutoff=DE_MOTIFS["cutoff"]),
    env="motifs",
)

add_figure(
    "deepexpression",
    "fig9",
    item="Figure 9",
    what="enhancer motifs and their matches",
    inputs=dict(logos=f"{DE}/motifs/enhancers/logos.tsv"),
    params=dict(
        cells=DE_ENHANCER_CELLS[:4],
        most=DE_ENHANCERS["motifs"],
        cutoff=DE_MOTIFS["cutoff"],
    ),
    env="motifs",
    shown=bool(DE_ENHANCER_CELLS),
)

add_figure(
    "deepexpression",
    "tests",
    item="Tests",
    what="tests between methods",
    inputs=dict(tests=f"{DE}/tables/tests.tsv"),
    params=dict(split=DE_MAIN),
)

add_figure(
    "deepexpression",
    "learning",
    item="Learning",
    what="learning curves",
    inputs=dict(
        models={
            run: f"{DE}/models/{run[0]}/{run[1]}.{DE_MAIN}.{run[2]}.seed{run[3]}"
            for run in DE_LEARNING
        },
    ),
)
