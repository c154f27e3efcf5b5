"""Conformation: figures that compare models, distances and trainings."""

# trainings whose curves are drawn
CF_CURVES = [
    (c, m, s)
    for c in CF_CELLS
    for m in ("forward", "backward", "linear", "forward_pairwise")
    for s in CF_SEEDS
]


rule plot_conformation_baselines:
    input:
        code=code("conformation/figures/baselines.py"),
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
        mem_mb=growing(1000),
        runtime=10,
    params:
        cells=list(CF_CELLS),
        min_distance=CF_CONFIG["evaluate"]["min_distance"],
    script:
        "../workflow_scripts/conformation/figures/baselines.py"


rule plot_conformation_distance:
    input:
        code=code("conformation/figures/distance.py"),
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
        mem_mb=growing(1000),
        runtime=10,
    params:
        cells=list(CF_CELLS),
        min_distance=CF_CONFIG["evaluate"]["min_distance"],
    script:
        "../workflow_scripts/conformation/figures/distance.py"


rule plot_conformation_learning:
    input:
        code=code("conformation/figures/learning.py"),
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
        mem_mb=growing(1000),
        runtime=10,
    params:
        runs=CF_CURVES,
    script:
        "../workflow_scripts/conformation/figures/learning.py"
