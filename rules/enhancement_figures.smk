"""Enhancement: what is drawn of the networks and the maps, and Figures 1 to 8."""

from workflow_scripts.enhancement.config.figure_plan import (
    enhancement_figures,
    first_files as enhancement_first_files,
    low_text as enhancement_low_text,
    trained_runs as enhancement_trained_runs,
)

EN_DRAWN = enhancement_first_files({**EN_SEQUENCE_PREDICTIONS, **EN_IMAGE_PREDICTIONS})
EN_RUNS_TRAINED = enhancement_trained_runs(EN_TRAINED)
# of the trainings, those of the image model and of the hybrids, for figures of their own
EN_RUNS_IMAGE = [run for run in EN_RUNS_TRAINED if run[0] == "image"]
EN_RUNS_HYBRID = [run for run in EN_RUNS_TRAINED if run[0].startswith("hybrid")]

if "enhancement" in config["papers"]:
    PAPERS["enhancement"].figures += figure_files(EN, enhancement_figures(list(EN_DRAWN)))


rule tabulate_enhancement_layers:
    input:
        code=code("enhancement/figures/tabulate_enhancement_layers.py"),
        networks=[f"{EN}/models/{m}.seed{seeds[0]}.keras" for m, seeds in EN_TRAINED.items()],
        windows=f"{EN}/data/windows.tsv",
    output:
        table=f"{EN}/tables/layers.tsv",
        sizes=f"{EN}/tables/sizes.tsv",
    log:
        f"{LOGS}/enhancement/tabulate_enhancement_layers.log",
    benchmark:
        f"{BENCH}/enhancement/tabulate_enhancement_layers.tsv"
    conda:
        "../envs/train.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=20,
    params:
        names=list(EN_TRAINED),
        image_settings=enhancement_image_settings(EN_CONFIG["image"], "image"),
        sizes=dict(
            size=EN_CONFIG["window_bins"],
            resolution=EN_CONFIG["resolution"],
            crop=EN_IMAGE_CROP,
            sequence_crop=EN_CONFIG["crop"],
            first_diagonal=EN_CONFIG["metrics"]["first_diagonal"],
        ),
    script:
        "../workflow_scripts/enhancement/figures/tabulate_enhancement_layers.py"


rule tabulate_enhancement_maps:
    input:
        code=code("enhancement/figures/tabulate_enhancement_maps.py"),
        sequence=EN_SEQUENCE_DATA,
        image=EN_IMAGE_DATA,
        predictions=list(EN_DRAWN.values()),
    output:
        sequence=f"{EN}/tables/maps.sequence.tsv.gz",
        image=f"{EN}/tables/maps.image.tsv.gz",
    log:
        f"{LOGS}/enhancement/tabulate_enhancement_maps.log",
    benchmark:
        f"{BENCH}/enhancement/tabulate_enhancement_maps.tsv"
    conda:
        "../envs/contacts.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=20,
    params:
        models=list(EN_DRAWN),
        settings={k: EN_CONFIG["figures"][k] for k in ("map", "windows", "examples")},
    script:
        "../workflow_scripts/enhancement/figures/tabulate_enhancement_maps.py"


rule plot_enhancement_fig1:
    input:
        code=code("enhancement/figures/fig1.py"),
        windows=f"{EN}/data/windows.tsv",
        image=f"{EN}/tables/maps.image.tsv.gz",
        sequence=f"{EN}/tables/maps.sequence.tsv.gz",
    output:
        svg=report(
            f"{EN}/figures/fig1.svg",
            caption="../resources/captions/enhancement_fig1.rst",
            category="Enhancement",
            labels={"item": "Figure 1", "what": "data and models (schematic)", "form": "figure"},
        ),
        png=f"{EN}/figures/fig1.png",
        tsv=report(
            f"{EN}/figures/fig1.tsv",
            caption="../resources/captions/enhancement_fig1.rst",
            category="Enhancement",
            labels={"item": "Figure 1", "what": "data and models (schematic)", "form": "table"},
        ),
    log:
        f"{LOGS}/enhancement/plot_enhancement_fig1.log",
    benchmark:
        f"{BENCH}/enhancement/plot_enhancement_fig1.tsv"
    conda:
        "../envs/plot.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        resolution=EN_CONFIG["resolution"],
        window_bins=EN_CONFIG["window_bins"],
        low=enhancement_low_text(EN_CONFIG),
    script:
        "../workflow_scripts/enhancement/figures/fig1.py"


rule plot_enhancement_fig2:
    input:
        code=code("enhancement/figures/fig2.py"),
        layers=f"{EN}/tables/layers.tsv",
    output:
        svg=report(
            f"{EN}/figures/fig2.svg",
            caption="../resources/captions/enhancement_fig2.rst",
            category="Enhancement",
            labels={"item": "Figure 2", "what": "sequence models (schematic)", "form": "figure"},
        ),
        png=f"{EN}/figures/fig2.png",
        tsv=report(
            f"{EN}/figures/fig2.tsv",
            caption="../resources/captions/enhancement_fig2.rst",
            category="Enhancement",
            labels={"item": "Figure 2", "what": "sequence models (schematic)", "form": "table"},
        ),
    log:
        f"{LOGS}/enhancement/plot_enhancement_fig2.log",
    benchmark:
        f"{BENCH}/enhancement/plot_enhancement_fig2.tsv"
    conda:
        "../envs/plot.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=10,
    script:
        "../workflow_scripts/enhancement/figures/fig2.py"


rule plot_enhancement_fig3:
    input:
        code=code("enhancement/figures/fig3.py"),
        layers=f"{EN}/tables/layers.tsv",
        histories=[f"{EN}/models/{m}.seed{s}.history.tsv" for m, s in EN_RUNS_IMAGE],
    output:
        svg=report(
            f"{EN}/figures/fig3.svg",
            caption="../resources/captions/enhancement_fig3.rst",
            category="Enhancement",
            labels={"item": "Figure 3", "what": "training of the image model", "form": "figure"},
        ),
        png=f"{EN}/figures/fig3.png",
        tsv=report(
            f"{EN}/figures/fig3.tsv",
            caption="../resources/captions/enhancement_fig3.rst",
            category="Enhancement",
            labels={"item": "Figure 3", "what": "training of the image model", "form": "table"},
        ),
    log:
        f"{LOGS}/enhancement/plot_enhancement_fig3.log",
    benchmark:
        f"{BENCH}/enhancement/plot_enhancement_fig3.tsv"
    conda:
        "../envs/plot.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        runs=EN_RUNS_IMAGE,
    script:
        "../workflow_scripts/enhancement/figures/fig3.py"


rule plot_enhancement_fig4:
    input:
        code=code("enhancement/figures/fig4.py"),
        image=f"{EN}/tables/maps.image.tsv.gz",
        sequence=f"{EN}/tables/maps.sequence.tsv.gz",
        layers=f"{EN}/tables/layers.tsv",
    output:
        svg=report(
            f"{EN}/figures/fig4.svg",
            caption="../resources/captions/enhancement_fig4.rst",
            category="Enhancement",
            labels={"item": "Figure 4", "what": "inference (schematic)", "form": "figure"},
        ),
        png=f"{EN}/figures/fig4.png",
        tsv=report(
            f"{EN}/figures/fig4.tsv",
            caption="../resources/captions/enhancement_fig4.rst",
            category="Enhancement",
            labels={"item": "Figure 4", "what": "inference (schematic)", "form": "table"},
        ),
    log:
        f"{LOGS}/enhancement/plot_enhancement_fig4.log",
    benchmark:
        f"{BENCH}/enhancement/plot_enhancement_fig4.tsv"
    conda:
        "../envs/plot.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        model=f"sequence_{EN_CONFIG['hybrid']['sequence']}",
    script:
        "../workflow_scripts/enhancement/figures/fig4.py"


rule plot_enhancement_fig5:
    input:
        code=code("enhancement/figures/fig5.py"),
        maps=f"{EN}/tables/maps.sequence.tsv.gz",
    output:
        svg=report(
            f"{EN}/figures/fig5.svg",
            caption="../resources/captions/enhancement_fig5.rst",
            category="Enhancement",
            labels={"item": "Figure 5", "what": "maps of the sequence models", "form": "figure"},
        ),
        png=f"{EN}/figures/fig5.png",
        tsv=report(
            f"{EN}/figures/fig5.tsv",
            caption="../resources/captions/enhancement_fig5.rst",
            category="Enhancement",
            labels={"item": "Figure 5", "what": "maps of the sequence models", "form": "table"},
        ),
    log:
        f"{LOGS}/enhancement/plot_enhancement_fig5.log",
    benchmark:
        f"{BENCH}/enhancement/plot_enhancement_fig5.tsv"
    conda:
        "../envs/plot.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=10,
    script:
        "../workflow_scripts/enhancement/figures/fig5.py"


include: "enhancement_tables.smk"
