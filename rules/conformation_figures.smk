"""Conformation: scores, tables and figures."""

# Figures of one cell show the first, and where they show one training that of the first seed
CF_SHOWN = next(iter(CF_CELLS), "none")
CF_SEED = CF_SEEDS[0]
# every predicted map with its seeds, and every fitted σ
CF_MODELS = CF_MAP_MODELS | CF_PAIR_SEEDS
CF_RUNS = [(c, m, s) for c in CF_CELLS for m, seeds in CF_MODELS.items() for s in seeds]
CF_SEEDED = [(c, s) for c in CF_CELLS for s in CF_SEEDS]
# trainings whose curves are drawn
CF_CURVES = [
    (c, m, s)
    for c in CF_CELLS
    for m in ("forward", "backward", "linear", "forward_pairwise")
    for s in CF_SEEDS
]

PAPERS["conformation"].figures += figure_files(
    CF,
    [
        *["fig1", "fig2a", "fig2b", "fig2c", "fig2d", "fig3a", "fig3b"],
        *["baselines", "distance", "learning"],
        # chromatin states need a segmentation of the cell
        *(["figs1"] if samples_with(assay="segmentation", cell=CF_SHOWN) else []),
    ],
)


rule tabulate_layers:
    input:
        code=code("conformation/tabulate_layers.py"),
        networks=[
            f"{CF}/models/{{cell}}/{model}.seed{CF_SEED}.keras"
            for model in ("forward", "backward")
        ],
    output:
        table=f"{CF}/tables/{{cell}}.layers.tsv",
    log:
        f"{LOGS}/conformation/tabulate_layers/{{cell}}.log",
    benchmark:
        f"{BENCH}/conformation/tabulate_layers/{{cell}}.tsv"
    conda:
        "../envs/train.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        names=["forward", "backward"],
    script:
        "../workflow_scripts/conformation/tabulate_layers.py"


rule tabulate_region_map:
    input:
        code=code("conformation/tabulate_region_map.py"),
        data=f"{CF}/data/{{cell}}.npz",
        predictions=[
            f"{CF}/predictions/{{cell}}/{model}.seed{CF_SEED}.npz"
            for model in ("forward", "forward_pairwise")
        ],
    output:
        table=f"{CF}/tables/{{cell}}.map.tsv.gz",
    log:
        f"{LOGS}/conformation/tabulate_region_map/{{cell}}.log",
    benchmark:
        f"{BENCH}/conformation/tabulate_region_map/{{cell}}.tsv"
    conda:
        "../envs/train.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        models=["forward", "forward_pairwise"],
        region=CF_CONFIG["figures"]["region"],
        longest=CF_CONFIG["figures"]["longest"],
    script:
        "../workflow_scripts/conformation/tabulate_region_map.py"


rule tabulate_window_tracks:
    input:
        code=code("conformation/tabulate_window_tracks.py"),
        data=f"{CF}/data/{{cell}}.npz",
        predictions=[
            f"{CF}/predictions/{{cell}}/{model}.seed{s}.npz"
            for model, seeds in CF_MODELS.items()
            for s in seeds
        ],
        backward=[f"{CF}/sigma/{{cell}}.seed{s}.windows.tsv" for s in CF_SEEDS],
    output:
        table=f"{CF}/tables/{{cell}}.tracks.tsv.gz",
    log:
        f"{LOGS}/conformation/tabulate_window_tracks/{{cell}}.log",
    benchmark:
        f"{BENCH}/conformation/tabulate_window_tracks/{{cell}}.tsv"
    conda:
        "../envs/train.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        runs=[(model, s) for model, seeds in CF_MODELS.items() for s in seeds],
        seeds=CF_SEEDS,
    script:
        "../workflow_scripts/conformation/tabulate_window_tracks.py"


rule evaluate_conformation:
    input:
        code=code("conformation/evaluate_conformation.py"),
        data=[f"{CF}/data/{c}.npz" for c in CF_CELLS],
        annotations=[f"{CF}/annotation/{c}.tsv.gz" for c in CF_CELLS],
        layers=[f"{CF}/tables/{c}.layers.tsv" for c in CF_CELLS],
        predictions=[f"{CF}/predictions/{c}/{m}.seed{s}.npz" for c, m, s in CF_RUNS],
        sigma=[f"{CF}/sigma/{c}.seed{s}.tsv.gz" for c, s in CF_SEEDED],
        windows=[f"{CF}/sigma/{c}.seed{s}.windows.tsv" for c, s in CF_SEEDED],
        records=[f"{CF}/sigma/{c}.seed{s}.run.json" for c, s in CF_SEEDED],
        weights=[f"{CF}/weights/{c}.seed{s}.tsv" for c, s in CF_SEEDED],
        scores=[f"{CF}/gradients/{c}.check.tsv" for c in CF_CELLS],
        published=PAPERS["conformation"].published,
        roles=f"{WORLD}/truth/roles.tsv" if "demo" in config else [],
    output:
        metrics=PAPERS["conformation"].metrics,
        distance=f"{CF}/tables/distance.tsv",
    log:
        f"{LOGS}/conformation/evaluate_conformation.log",
    benchmark:
        f"{BENCH}/conformation/evaluate_conformation.tsv"
    conda:
        "../envs/train.yaml"
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        cells=list(CF_CELLS),
        runs=CF_RUNS,
        seeded=CF_SEEDED,
        min_distance=CF_CONFIG["evaluate"]["min_distance"],
        distances=CF_CONFIG["evaluate"]["distances"],
        seed=config["seed"],
    script:
        "../workflow_scripts/conformation/evaluate_conformation.py"


rule plot_conformation_fig1:
    input:
        code=code("conformation/plot_conformation_fig1.py"),
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
        mem_mb=1000,
        runtime=10,
    script:
        "../workflow_scripts/conformation/plot_conformation_fig1.py"


rule plot_conformation_fig2a:
    input:
        code=code("conformation/plot_conformation_fig2a.py"),
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
        mem_mb=1000,
        runtime=10,
    params:
        resolution=CF_CONFIG["resolution"],
    script:
        "../workflow_scripts/conformation/plot_conformation_fig2a.py"


rule plot_conformation_fig2b:
    input:
        code=code("conformation/plot_conformation_fig2b.py"),
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
        mem_mb=1000,
        runtime=10,
    params:
        seeds=CF_SEEDS,
    script:
        "../workflow_scripts/conformation/plot_conformation_fig2b.py"


rule plot_conformation_fig2c:
    input:
        code=code("conformation/plot_conformation_fig2c.py"),
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
        mem_mb=1000,
        runtime=10,
    params:
        seeds=CF_SEEDS,
    script:
        "../workflow_scripts/conformation/plot_conformation_fig2c.py"


rule plot_conformation_fig2d:
    input:
        code=code("conformation/plot_conformation_fig2d.py"),
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
        mem_mb=1000,
        runtime=10,
    params:
        region=CF_CONFIG["figures"]["region"],
        longest=CF_CONFIG["figures"]["longest"],
        window=CF_CONFIG["window"],
    script:
        "../workflow_scripts/conformation/plot_conformation_fig2d.py"


rule plot_conformation_fig3a:
    input:
        code=code("conformation/plot_conformation_fig3a.py"),
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
        mem_mb=1000,
        runtime=10,
    params:
        cell=CF_SHOWN,
    script:
        "../workflow_scripts/conformation/plot_conformation_fig3a.py"


rule plot_conformation_fig3b:
    input:
        code=code("conformation/plot_conformation_fig3b.py"),
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
        mem_mb=1000,
        runtime=10,
    params:
        cell=CF_SHOWN,
    script:
        "../workflow_scripts/conformation/plot_conformation_fig3b.py"


rule plot_conformation_figs1:
    input:
        code=code("conformation/plot_conformation_figs1.py"),
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
        mem_mb=1000,
        runtime=10,
    params:
        seeds=CF_SEEDS,
    script:
        "../workflow_scripts/conformation/plot_conformation_figs1.py"


rule plot_conformation_baselines:
    input:
        code=code("conformation/plot_conformation_baselines.py"),
        metrics=PAPERS["conformation"].metrics,
    output:
        svg=report(
            f"{CF}/figures/baselines.svg",
            caption="../resources/captions/conformation_baselines.rst",
            category="Conformation",
            labels={"item": "Baselines", "what": "all models beside each other", "form": "figure"},
        ),
        png=f"{CF}/figures/baselines.png",
        tsv=report(
            f"{CF}/figures/baselines.tsv",
            caption="../resources/captions/conformation_baselines.rst",
            category="Conformation",
            labels={"item": "Baselines", "what": "all models beside each other", "form": "table"},
        ),
    log:
        f"{LOGS}/conformation/plot_conformation_baselines.log",
    benchmark:
        f"{BENCH}/conformation/plot_conformation_baselines.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        cells=list(CF_CELLS),
        min_distance=CF_CONFIG["evaluate"]["min_distance"],
    script:
        "../workflow_scripts/conformation/plot_conformation_baselines.py"


rule plot_conformation_distance:
    input:
        code=code("conformation/plot_conformation_distance.py"),
        scores=f"{CF}/tables/distance.tsv",
    output:
        svg=report(
            f"{CF}/figures/distance.svg",
            caption="../resources/captions/conformation_distance.rst",
            category="Conformation",
            labels={"item": "Distance", "what": "correlation by distance", "form": "figure"},
        ),
        png=f"{CF}/figures/distance.png",
        tsv=report(
            f"{CF}/figures/distance.tsv",
            caption="../resources/captions/conformation_distance.rst",
            category="Conformation",
            labels={"item": "Distance", "what": "correlation by distance", "form": "table"},
        ),
    log:
        f"{LOGS}/conformation/plot_conformation_distance.log",
    benchmark:
        f"{BENCH}/conformation/plot_conformation_distance.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        cells=list(CF_CELLS),
        min_distance=CF_CONFIG["evaluate"]["min_distance"],
    script:
        "../workflow_scripts/conformation/plot_conformation_distance.py"


rule plot_conformation_learning:
    input:
        code=code("conformation/plot_conformation_learning.py"),
        histories=[f"{CF}/models/{c}/{m}.seed{s}.history.tsv" for c, m, s in CF_CURVES],
    output:
        svg=report(
            f"{CF}/figures/learning.svg",
            caption="../resources/captions/conformation_learning.rst",
            category="Conformation",
            labels={
                "item": "Learning curves",
                "what": "loss and validation score",
                "form": "figure",
            },
        ),
        png=f"{CF}/figures/learning.png",
        tsv=report(
            f"{CF}/figures/learning.tsv",
            caption="../resources/captions/conformation_learning.rst",
            category="Conformation",
            labels={
                "item": "Learning curves",
                "what": "loss and validation score",
                "form": "table",
            },
        ),
    log:
        f"{LOGS}/conformation/plot_conformation_learning.log",
    benchmark:
        f"{BENCH}/conformation/plot_conformation_learning.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        runs=CF_CURVES,
    script:
        "../workflow_scripts/conformation/plot_conformation_learning.py"
