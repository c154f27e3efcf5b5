"""Figures and tables of DeepChrome; rules/figures.smk makes a rule of each."""


rule pick_deepchrome_example_gene:
    input:
        code=code("deepchrome/figures/pick_example_gene.py"),
        dataset=f"{DC}/data/{next(iter(DC_CELLS), 'none')}.npz",
    output:
        gene=f"{DC}/example_gene.tsv",
    log:
        f"{LOGS}/deepchrome/pick_deepchrome_example_gene.log",
    benchmark:
        f"{BENCH}/deepchrome/pick_deepchrome_example_gene.tsv"
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=mem_per_attempt(2000),
        runtime=10,
    params:
        cell=next(iter(DC_CELLS), ""),
        bin_size=config["tss_bins"]["bin_size"],
    script:
        "../../workflow_scripts/deepchrome/figures/pick_example_gene.py"


add_figure(
    "deepchrome/table1",
    "Table 1: methods",
    inputs=dict(methods=workflow_path("resources/published/deepchrome_methods.tsv")),
)

add_figure("deepchrome/table2", "Table 2: histone marks", params=dict(marks=DC_CONFIG["marks"]))

add_figure(
    "deepchrome/table3",
    "Table 3: tuning of the network",
    inputs=dict(
        tuning=f"{DC}/tuning.tsv",
        tests=f"{DC}/tuning.tests.tsv",
        published=PAPERS["deepchrome"].published,
    ),
    shown=bool(DC_TUNED),
)

add_figure(
    "deepchrome/fig1",
    "Figure 1: input of the network (schematic)",
    inputs=dict(gene=f"{DC}/example_gene.tsv"),
    params=dict(oriented=config["tss_bins"]["orient"]),
)

add_figure(
    "deepchrome/fig2",
    "Figure 2: the network (schematic)",
    params=dict(
        sizes={
            "n_bins": config["tss_bins"]["n_bins"],
            "n_marks": len(DC_CONFIG["marks"]),
            **DC_CONFIG["network"],
        }
    ),
)

add_figure(
    "deepchrome/fig3",
    "Figure 3: test AUC by cell type",
    inputs=dict(metrics=PAPERS["deepchrome"].metrics),
)

add_figure(
    "deepchrome/fig4a",
    "Figure 4a: SVM test AUC by bin",
    inputs=dict(bins=[f"{DC}/bins/{cell}.tsv" for cell in DC_CELLS]),
    params=dict(
        cells=list(DC_CELLS),
        bin_size=config["tss_bins"]["bin_size"],
        oriented=config["tss_bins"]["orient"],
    ),
    shown="svm" in DC_BASELINES,
)

add_figure(
    "deepchrome/fig4b",
    "Figure 4b: convolution output around the TSS",
    inputs=dict(maps=f"{DC}/feature_maps.tsv"),
)

add_figure(
    "deepchrome/fig5",
    "Figure 5: class maps and active bins",
    inputs=dict(
        counts=f"{DC}/class_maps/active_bins.tsv",
        means=f"{DC}/class_maps/means.tsv",
        published=workflow_path("resources/published/deepchrome_active_bins.tsv"),
        metrics=PAPERS["deepchrome"].metrics,
    ),
    params=dict(cells=list(DC_CELLS), bin_size=config["tss_bins"]["bin_size"]),
)

add_figure(
    "deepchrome/supplement",
    "Supplement: test AUC, obtained and published",
    inputs=dict(
        metrics=PAPERS["deepchrome"].metrics,
        published=PAPERS["deepchrome"].published,
        cell_types=workflow_path("resources/sheets/deepchrome_cell_types.tsv"),
    ),
)

add_figure(
    "deepchrome/label_order",
    "Label order: labels compared as text, and published AUC",
    inputs=dict(
        cells=f"{DC}/label_order/cells.tsv",
        correlations=f"{DC}/label_order/correlations.tsv",
        metrics=PAPERS["deepchrome"].metrics,
    ),
    params=dict(
        trained=DC_RELABELED,
        splits={DC_CONFIG["label_order"]: "test", DC_OTHER_ORDER: f"test_{DC_OTHER_ORDER}"},
    ),
    shown=bool(DC_STUDY["expression_matrix"]),
)

add_figure(
    "deepchrome/cross_cell",
    "Cross-cell prediction: test AUC by training and test cell",
    inputs=dict(aucs=f"{DC}/cross_cell.tsv"),
    params=dict(cells=list(DC_CELLS)),
    shown=DC_CROSS_CELL,
)

add_figure(
    "deepchrome/curves",
    "Curves: ROC and precision-recall",
    inputs=dict(predictions=[f"{DC}/predictions/{cell}.deepchrome.tsv.gz" for cell in DC_CELLS]),
    params=dict(cells=list(DC_CELLS)),
)

add_figure(
    "deepchrome/calibration",
    "Calibration: observed against predicted",
    inputs=dict(predictions=[f"{DC}/predictions/{cell}.deepchrome.tsv.gz" for cell in DC_CELLS]),
    params=dict(cells=list(DC_CELLS)),
)

add_figure(
    "deepchrome/learning",
    "Learning curves: loss and validation AUC by epoch",
    inputs=dict(
        histories=[
            f"{DC}/models/{cell}/deepchrome.seed{seed}.history.tsv"
            for cell in DC_CELLS
            for seed in DC_CONFIG["seeds"]
        ]
    ),
    params=dict(cells=list(DC_CELLS), seeds=DC_CONFIG["seeds"]),
)
