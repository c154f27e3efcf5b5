"""DeepExpression: tables behind the figures, and the figures; rules/figures.smk makes their rules."""


rule tabulate_deepexpression_data:
    input:
        code=code("deepexpression/figures/tabulate_data.py"),
        datasets=[f"{DE}/data/{cell}.npz" for cell in DE_CELLS],
        loops=[f"{RESULTS}/loops/cells/{cell}.tsv.gz" for cell in DE_HICHIP],
        quality=f"{RESULTS}/loops/quality.tsv" if DE_HICHIP else [],
    output:
        summary=f"{DE}/tables/summary.tsv",
        genes=f"{DE}/tables/genes.tsv.gz",
    log:
        f"{LOGS}/deepexpression/tabulate_deepexpression_data.log",
    benchmark:
        f"{BENCH}/deepexpression/tabulate_deepexpression_data.tsv"
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=20,
    params:
        input_keys=dict(datasets=list(DE_CELLS), loops=DE_HICHIP),
        hichip={cell: samples_with(assay="HiChIP", cell=cell) for cell in DE_HICHIP},
        rna={cell: len(samples_with(assay="RNA-seq", cell=cell)) for cell in DE_CELLS},
    script:
        "../../workflow_scripts/deepexpression/figures/tabulate_data.py"


rule tabulate_deepexpression_gene_loops:
    input:
        code=code("deepexpression/figures/tabulate_gene_loops.py"),
        datasets=[f"{DE}/data/{cell}.npz" for cell in DE_HICHIP],
    output:
        table=f"{DE}/tables/gene_loops.tsv",
    log:
        f"{LOGS}/deepexpression/tabulate_deepexpression_gene_loops.log",
    benchmark:
        f"{BENCH}/deepexpression/tabulate_deepexpression_gene_loops.tsv"
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=20,
    params:
        input_keys=dict(datasets=DE_HICHIP),
        gene=DE_CONFIG["figures"]["gene"],
    script:
        "../../workflow_scripts/deepexpression/figures/tabulate_gene_loops.py"


rule tabulate_deepexpression_layers:
    input:
        code=code("deepexpression/figures/tabulate_layers.py"),
        models=[
            f"{DE}/models/{DE_SHOWN}/{DE_TASKS[0]}.{DE_MAIN}.{model}.seed{DE_SEEDS[0]}"
            for model in DE_SHOWN_MODELS
        ],
    output:
        table=f"{DE}/tables/layers.tsv",
    log:
        f"{LOGS}/deepexpression/tabulate_deepexpression_layers.log",
    benchmark:
        f"{BENCH}/deepexpression/tabulate_deepexpression_layers.tsv"
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=mem_per_attempt(2000),
        runtime=10,
    params:
        input_keys=dict(models=DE_SHOWN_MODELS),
    script:
        "../../workflow_scripts/deepexpression/figures/tabulate_layers.py"


add_figure(
    "deepexpression/table1",
    "Table 1: data of each cell",
    inputs=dict(summary=f"{DE}/tables/summary.tsv"),
)

add_figure(
    "deepexpression/fig1",
    "Figure 1: architecture (schematic)",
    inputs=dict(layers=f"{DE}/tables/layers.tsv"),
)

add_figure(
    "deepexpression/fig2a",
    "Figure 2a: sum of loop signals and expression",
    inputs=dict(genes=f"{DE}/tables/genes.tsv.gz"),
    params=dict(cells=DE_HICHIP),
    shown=bool(DE_HICHIP),
)

add_figure(
    "deepexpression/fig2b",
    "Figure 2b: number of loops and expression",
    inputs=dict(genes=f"{DE}/tables/genes.tsv.gz"),
    params=dict(cells=DE_HICHIP),
    shown=bool(DE_HICHIP),
)

add_figure(
    "deepexpression/fig2c",
    "Figure 2c: loops and expression of one gene",
    inputs=dict(table=f"{DE}/tables/gene_loops.tsv"),
    shown=bool(DE_HICHIP),
)

add_figure(
    "deepexpression/fig3",
    "Figure 3: AUC by number of folds",
    inputs=dict(metrics=PAPERS["deepexpression"].metrics),
    shown="classification" in DE_TASKS,
)

add_figure(
    "deepexpression/fig4",
    "Figure 4: PCC by number of folds",
    inputs=dict(metrics=PAPERS["deepexpression"].metrics),
    shown="regression" in DE_TASKS,
)

add_figure(
    "deepexpression/fig5",
    "Figure 5: prediction across cells",
    inputs=dict(metrics=PAPERS["deepexpression"].metrics),
    params=dict(scheme=DE_MAIN),
    shown="regression" in DE_TASKS and bool(DE_CROSS_RUNS),
)

add_figure(
    "deepexpression/fig6",
    "Figure 6: ablation of promoter and HiChIP",
    inputs=dict(metrics=PAPERS["deepexpression"].metrics),
    params=dict(scheme=DE_MAIN),
    shown="regression" in DE_TASKS and bool(DE_HICHIP),
)

add_figure(
    "deepexpression/fig7",
    "Figure 7: PCC by HiChIP window",
    inputs=dict(metrics=PAPERS["deepexpression"].metrics),
    params=dict(scheme=DE_MAIN, half_width=DE_CONFIG["hichip"]["half_width"]),
    shown="regression" in DE_TASKS
    and bool(DE_HICHIP and any(m.endswith("kb") for m in DE_NETWORKS.stage_two)),
)

add_figure(
    "deepexpression/fig8",
    "Figure 8: promoter motifs and their matches",
    inputs={name: f"{DE}/motifs/promoters/{name}.tsv" for name in ("logos", "summary")},
    params=dict(
        cells=DE_MOTIF_CELLS[:4],
        max_drawn=DE_MOTIFS["max_drawn"],
        max_evalue=DE_MOTIFS["max_evalue"],
    ),
    env="motifs",
)

add_figure(
    "deepexpression/fig9",
    "Figure 9: enhancer motifs and their matches",
    inputs={name: f"{DE}/motifs/enhancers/{name}.tsv" for name in ("logos", "summary")},
    params=dict(
        cells=DE_ENHANCER_CELLS[:4],
        max_drawn=DE_ENHANCERS["n_motifs"],
        max_evalue=DE_MOTIFS["max_evalue"],
    ),
    env="motifs",
    shown=bool(DE_ENHANCER_CELLS),
)

add_figure(
    "deepexpression/tests",
    "Tests: significance tests between methods",
    inputs=dict(tests=f"{DE}/tables/tests.tsv", variances=f"{DE}/tables/variance_tests.tsv"),
    params=dict(scheme=DE_MAIN),
)

add_figure(
    "deepexpression/learning",
    "Learning: learning curves",
    inputs=dict(
        models={
            run: f"{DE}/models/{run[0]}/{run[1]}.{DE_MAIN}.{run[2]}.seed{run[3]}"
            for run in DE_LEARNING
        }
    ),
)
