"""DeepExpression: Table 1, the network (Figure 1), and loops against expression (Figure 2)."""

from workflow_scripts.deepexpression.config.score_plan import figure_names

if "deepexpression" in config["papers"]:
    # those of motifs (8, 9) are added in deepexpression_motifs.smk
    PAPERS["deepexpression"].figures += figure_files(
        DE,
        figure_names(
            tasks=DE_TASKS,
            with_loops=DE_HICHIP,
            crossed=bool(DE_CROSS_RUNS),
            windows=any(model.endswith("kb") for model in DE_NETWORKS.stage_two),
        ),
    )


rule plot_deepexpression_table1:
    input:
        code=code("deepexpression/figures/table1.py"),
        summary=f"{DE}/tables/summary.tsv",
    output:
        svg=report(
            f"{DE}/figures/table1.svg",
            caption="../resources/captions/deepexpression_table1.rst",
            category="DeepExpression",
            labels={"item": "Table 1", "what": "data of each cell", "form": "figure"},
        ),
        png=f"{DE}/figures/table1.png",
        tsv=report(
            f"{DE}/figures/table1.tsv",
            caption="../resources/captions/deepexpression_table1.rst",
            category="DeepExpression",
            labels={"item": "Table 1", "what": "data of each cell", "form": "table"},
        ),
    log:
        f"{LOGS}/deepexpression/plot_deepexpression_table1.log",
    benchmark:
        f"{BENCH}/deepexpression/plot_deepexpression_table1.tsv"
    conda:
        "../envs/plot.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=10,
    script:
        "../workflow_scripts/deepexpression/figures/table1.py"


rule plot_deepexpression_fig1:
    input:
        code=code("deepexpression/figures/fig1.py"),
        layers=f"{DE}/tables/layers.tsv",
    output:
        svg=report(
            f"{DE}/figures/fig1.svg",
            caption="../resources/captions/deepexpression_fig1.rst",
            category="DeepExpression",
            labels={"item": "Figure 1", "what": "architecture (schematic)", "form": "figure"},
        ),
        png=f"{DE}/figures/fig1.png",
        tsv=report(
            f"{DE}/figures/fig1.tsv",
            caption="../resources/captions/deepexpression_fig1.rst",
            category="DeepExpression",
            labels={"item": "Figure 1", "what": "architecture (schematic)", "form": "table"},
        ),
    log:
        f"{LOGS}/deepexpression/plot_deepexpression_fig1.log",
    benchmark:
        f"{BENCH}/deepexpression/plot_deepexpression_fig1.tsv"
    conda:
        "../envs/plot.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=10,
    script:
        "../workflow_scripts/deepexpression/figures/fig1.py"


rule plot_deepexpression_fig2a:
    input:
        code=code("deepexpression/figures/fig2a.py"),
        genes=f"{DE}/tables/genes.tsv.gz",
    output:
        svg=report(
            f"{DE}/figures/fig2a.svg",
            caption="../resources/captions/deepexpression_fig2a.rst",
            category="DeepExpression",
            labels={"item": "Figure 2a", "what": "sum of loops and expression", "form": "figure"},
        ),
        png=f"{DE}/figures/fig2a.png",
        tsv=report(
            f"{DE}/figures/fig2a.tsv",
            caption="../resources/captions/deepexpression_fig2a.rst",
            category="DeepExpression",
            labels={"item": "Figure 2a", "what": "sum of loops and expression", "form": "table"},
        ),
    log:
        f"{LOGS}/deepexpression/plot_deepexpression_fig2a.log",
    benchmark:
        f"{BENCH}/deepexpression/plot_deepexpression_fig2a.tsv"
    conda:
        "../envs/plot.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        cells=DE_HICHIP,
    script:
        "../workflow_scripts/deepexpression/figures/fig2a.py"


rule plot_deepexpression_fig2b:
    input:
        code=code("deepexpression/figures/fig2b.py"),
        genes=f"{DE}/tables/genes.tsv.gz",
    output:
        svg=report(
            f"{DE}/figures/fig2b.svg",
            caption="../resources/captions/deepexpression_fig2b.rst",
            category="DeepExpression",
            labels={
                "item": "Figure 2b",
                "what": "number of loops and expression",
                "form": "figure",
            },
        ),
        png=f"{DE}/figures/fig2b.png",
        tsv=report(
            f"{DE}/figures/fig2b.tsv",
            caption="../resources/captions/deepexpression_fig2b.rst",
            category="DeepExpression",
            labels={
                "item": "Figure 2b",
                "what": "number of loops and expression",
                "form": "table",
            },
        ),
    log:
        f"{LOGS}/deepexpression/plot_deepexpression_fig2b.log",
    benchmark:
        f"{BENCH}/deepexpression/plot_deepexpression_fig2b.tsv"
    conda:
        "../envs/plot.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        cells=DE_HICHIP,
    script:
        "../workflow_scripts/deepexpression/figures/fig2b.py"


rule plot_deepexpression_fig2c:
    input:
        code=code("deepexpression/figures/fig2c.py"),
        table=f"{DE}/tables/gene_loops.tsv",
    output:
        svg=report(
            f"{DE}/figures/fig2c.svg",
            caption="../resources/captions/deepexpression_fig2c.rst",
            category="DeepExpression",
            labels={
                "item": "Figure 2c",
                "what": "loops and expression of one gene",
                "form": "figure",
            },
        ),
        png=f"{DE}/figures/fig2c.png",
        tsv=report(
            f"{DE}/figures/fig2c.tsv",
            caption="../resources/captions/deepexpression_fig2c.rst",
            category="DeepExpression",
            labels={
                "item": "Figure 2c",
                "what": "loops and expression of one gene",
                "form": "table",
            },
        ),
    log:
        f"{LOGS}/deepexpression/plot_deepexpression_fig2c.log",
    benchmark:
        f"{BENCH}/deepexpression/plot_deepexpression_fig2c.tsv"
    conda:
        "../envs/plot.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=10,
    script:
        "../workflow_scripts/deepexpression/figures/fig2c.py"
