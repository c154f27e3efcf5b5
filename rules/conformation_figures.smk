"""Conformation: the paper's Figures 1 to 3 and S1."""

# baselines, distance and learning are drawn in conformation_comparison.smk
PAPERS["conformation"].figures += figure_files(
    CF,
    [
        *["fig1", "fig2a", "fig2b", "fig2c", "fig2d", "fig3a", "fig3b"],
        *["baselines", "distance", "learning"],
        # chromatin states need a segmentation of the cell
        *(["figs1"] if samples_with(assay="segmentation", cell=CF_SHOWN) else []),
    ],
)


rule plot_conformation_fig1:
    input:
        code=code("conformation/figures/fig1.py"),
        layers=f"{CF}/tables/{CF_SHOWN}.layers.tsv",
    output:
        svg=report(
            f"{CF}/figures/fig1.svg",
            caption="../resources/captions/conformation_fig1.rst",
            category="Conformation",
            labels={"item": "Figure 1", "what": "architecture (schematic)", "form": "figure"},
        ),
        png=f"{CF}/figures/fig1.png",
        tsv=report(
            f"{CF}/figures/fig1.tsv",
            caption="../resources/captions/conformation_fig1.rst",
            category="Conformation",
            labels={"item": "Figure 1", "what": "architecture (schematic)", "form": "table"},
        ),
    log:
        f"{LOGS}/conformation/plot_conformation_fig1.log",
    benchmark:
        f"{BENCH}/conformation/plot_conformation_fig1.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=10,
    script:
        "../workflow_scripts/conformation/figures/fig1.py"


rule plot_conformation_fig2a:
    input:
        code=code("conformation/figures/fig2a.py"),
        table=f"{CF}/tables/{CF_SHOWN}.map.tsv.gz",
    output:
        svg=report(
            f"{CF}/figures/fig2a.svg",
            caption="../resources/captions/conformation_fig2a.rst",
            category="Conformation",
            labels={"item": "Figure 2a", "what": "measured and predicted map", "form": "figure"},
        ),
        png=f"{CF}/figures/fig2a.png",
        tsv=report(
            f"{CF}/figures/fig2a.tsv",
            caption="../resources/captions/conformation_fig2a.rst",
            category="Conformation",
            labels={"item": "Figure 2a", "what": "measured and predicted map", "form": "table"},
        ),
    log:
        f"{LOGS}/conformation/plot_conformation_fig2a.log",
    benchmark:
        f"{BENCH}/conformation/plot_conformation_fig2a.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        resolution=CF_CONFIG["resolution"],
    script:
        "../workflow_scripts/conformation/figures/fig2a.py"


rule plot_conformation_fig2b:
    input:
        code=code("conformation/figures/fig2b.py"),
        weights=[f"{CF}/weights/{CF_SHOWN}.seed{s}.tsv" for s in CF_SEEDS],
        published=PAPERS["conformation"].published,
    output:
        svg=report(
            f"{CF}/figures/fig2b.svg",
            caption="../resources/captions/conformation_fig2b.rst",
            category="Conformation",
            labels={"item": "Figure 2b", "what": "filter weights", "form": "figure"},
        ),
        png=f"{CF}/figures/fig2b.png",
        tsv=report(
            f"{CF}/figures/fig2b.tsv",
            caption="../resources/captions/conformation_fig2b.rst",
            category="Conformation",
            labels={"item": "Figure 2b", "what": "filter weights", "form": "table"},
        ),
    log:
        f"{LOGS}/conformation/plot_conformation_fig2b.log",
    benchmark:
        f"{BENCH}/conformation/plot_conformation_fig2b.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        seeds=CF_SEEDS,
    script:
        "../workflow_scripts/conformation/figures/fig2b.py"


rule plot_conformation_fig2c:
    input:
        code=code("conformation/figures/fig2c.py"),
        sigma=[f"{CF}/sigma/{CF_SHOWN}.seed{s}.tsv.gz" for s in CF_SEEDS],
        annotation=f"{CF}/annotation/{CF_SHOWN}.tsv.gz",
    output:
        svg=report(
            f"{CF}/figures/fig2c.svg",
            caption="../resources/captions/conformation_fig2c.rst",
            category="Conformation",
            labels={"item": "Figure 2c", "what": "σ by activity", "form": "figure"},
        ),
        png=f"{CF}/figures/fig2c.png",
        tsv=report(
            f"{CF}/figures/fig2c.tsv",
            caption="../resources/captions/conformation_fig2c.rst",
            category="Conformation",
            labels={"item": "Figure 2c", "what": "σ by activity", "form": "table"},
        ),
    log:
        f"{LOGS}/conformation/plot_conformation_fig2c.log",
    benchmark:
        f"{BENCH}/conformation/plot_conformation_fig2c.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        seeds=CF_SEEDS,
    script:
        "../workflow_scripts/conformation/figures/fig2c.py"


rule plot_conformation_fig2d:
    input:
        code=code("conformation/figures/fig2d.py"),
        sigma=f"{CF}/sigma/{CF_SHOWN}.seed{CF_SEED}.tsv.gz",
    output:
        svg=report(
            f"{CF}/figures/fig2d.svg",
            caption="../resources/captions/conformation_fig2d.rst",
            category="Conformation",
            labels={"item": "Figure 2d", "what": "σ along the test part", "form": "figure"},
        ),
        png=f"{CF}/figures/fig2d.png",
        tsv=report(
            f"{CF}/figures/fig2d.tsv",
            caption="../resources/captions/conformation_fig2d.rst",
            category="Conformation",
            labels={"item": "Figure 2d", "what": "σ along the test part", "form": "table"},
        ),
    log:
        f"{LOGS}/conformation/plot_conformation_fig2d.log",
    benchmark:
        f"{BENCH}/conformation/plot_conformation_fig2d.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        region=CF_CONFIG["figures"]["region"],
        longest=CF_CONFIG["figures"]["longest"],
        window=CF_CONFIG["window"],
    script:
        "../workflow_scripts/conformation/figures/fig2d.py"


rule plot_conformation_fig3a:
    input:
        code=code("conformation/figures/fig3a.py"),
        metrics=PAPERS["conformation"].metrics,
    output:
        svg=report(
            f"{CF}/figures/fig3a.svg",
            caption="../resources/captions/conformation_fig3a.rst",
            category="Conformation",
            labels={
                "item": "Figure 3a",
                "what": "three predictions (schematic)",
                "form": "figure",
            },
        ),
        png=f"{CF}/figures/fig3a.png",
        tsv=report(
            f"{CF}/figures/fig3a.tsv",
            caption="../resources/captions/conformation_fig3a.rst",
            category="Conformation",
            labels={"item": "Figure 3a", "what": "three predictions (schematic)", "form": "table"},
        ),
    log:
        f"{LOGS}/conformation/plot_conformation_fig3a.log",
    benchmark:
        f"{BENCH}/conformation/plot_conformation_fig3a.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        cell=CF_SHOWN,
    script:
        "../workflow_scripts/conformation/figures/fig3a.py"


rule plot_conformation_fig3b:
    input:
        code=code("conformation/figures/fig3b.py"),
        tracks=f"{CF}/tables/{CF_SHOWN}.tracks.tsv.gz",
        metrics=PAPERS["conformation"].metrics,
    output:
        svg=report(
            f"{CF}/figures/fig3b.svg",
            caption="../resources/captions/conformation_fig3b.rst",
            category="Conformation",
            labels={
                "item": "Figure 3b",
                "what": "correlation along the test part",
                "form": "figure",
            },
        ),
        png=f"{CF}/figures/fig3b.png",
        tsv=report(
            f"{CF}/figures/fig3b.tsv",
            caption="../resources/captions/conformation_fig3b.rst",
            category="Conformation",
            labels={
                "item": "Figure 3b",
                "what": "correlation along the test part",
                "form": "table",
            },
        ),
    log:
        f"{LOGS}/conformation/plot_conformation_fig3b.log",
    benchmark:
        f"{BENCH}/conformation/plot_conformation_fig3b.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        cell=CF_SHOWN,
    script:
        "../workflow_scripts/conformation/figures/fig3b.py"


rule plot_conformation_figs1:
    input:
        code=code("conformation/figures/figs1.py"),
        sigma=[f"{CF}/sigma/{CF_SHOWN}.seed{s}.tsv.gz" for s in CF_SEEDS],
        annotation=f"{CF}/annotation/{CF_SHOWN}.tsv.gz",
    output:
        svg=report(
            f"{CF}/figures/figs1.svg",
            caption="../resources/captions/conformation_figs1.rst",
            category="Conformation",
            labels={"item": "Figure S1", "what": "σ by chromatin state", "form": "figure"},
        ),
        png=f"{CF}/figures/figs1.png",
        tsv=report(
            f"{CF}/figures/figs1.tsv",
            caption="../resources/captions/conformation_figs1.rst",
            category="Conformation",
            labels={"item": "Figure S1", "what": "σ by chromatin state", "form": "table"},
        ),
    log:
        f"{LOGS}/conformation/plot_conformation_figs1.log",
    benchmark:
        f"{BENCH}/conformation/plot_conformation_figs1.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        seeds=CF_SEEDS,
    script:
        "../workflow_scripts/conformation/figures/figs1.py"
