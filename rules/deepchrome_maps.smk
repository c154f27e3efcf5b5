"""DeepChrome's class maps and feature maps, and its schematics."""

# trained networks of every cell, seeds side by side
DC_WEIGHTS = [
    f"{DC}/models/{cell}/deepchrome.seed{seed}.keras"
    for cell in DC_CELLS
    for seed in DC_SEEDS["deepchrome"]
]

DC_SCORES += [f"{DC}/class_maps/scores.tsv"]
PAPERS["deepchrome"].figures += figure_files(DC, ["fig1", "fig2", "fig4b", "fig5"])


rule optimise_inputs:
    input:
        code=code("deepchrome/interpretation/optimize_inputs.py"),
        datasets=[f"{DC}/data/{cell}.npz" for cell in DC_CELLS],
        weights=DC_WEIGHTS,
    output:
        maps=f"{DC}/class_maps/maps.npz",
    log:
        f"{LOGS}/deepchrome/optimise_inputs.log",
    benchmark:
        f"{BENCH}/deepchrome/optimise_inputs.tsv"
    conda:
        f"../envs/train{BUILD}.yaml"
    # one job for all cells: its start takes longer than a cell
    threads: DC_CONFIG["threads"]
    resources:
        gpu=GPU,
        mem_mb=growing(4000),
        runtime=120,
    params:
        cells=list(DC_CELLS),
        settings={k: v for k, v in DC_CONFIG["class_maps"].items() if k != "active"},
        seed=config["seed"],
    script:
        "../workflow_scripts/deepchrome/interpretation/optimize_inputs.py"


rule count_active_bins:
    input:
        code=code("deepchrome/interpretation/count_active_bins.py"),
        maps=f"{DC}/class_maps/maps.npz",
    output:
        counts=f"{DC}/class_maps/active_bins.tsv",
        means=f"{DC}/class_maps/means.tsv",
        scores=f"{DC}/class_maps/scores.tsv",
    log:
        f"{LOGS}/deepchrome/count_active_bins.log",
    benchmark:
        f"{BENCH}/deepchrome/count_active_bins.tsv"
    conda:
        "../envs/train.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        threshold=DC_CONFIG["class_maps"]["active"],
    script:
        "../workflow_scripts/deepchrome/interpretation/count_active_bins.py"


rule measure_feature_maps:
    input:
        code=code("deepchrome/interpretation/measure_feature_maps.py"),
        datasets=[f"{DC}/data/{cell}.npz" for cell in DC_CELLS],
        weights=DC_WEIGHTS,
    output:
        table=f"{DC}/feature_maps.tsv",
    log:
        f"{LOGS}/deepchrome/measure_feature_maps.log",
    benchmark:
        f"{BENCH}/deepchrome/measure_feature_maps.tsv"
    conda:
        f"../envs/train{BUILD}.yaml"
    threads: DC_CONFIG["threads"]
    resources:
        gpu=GPU,
        mem_mb=growing(4000),
        runtime=60,
    params:
        cells=list(DC_CELLS),
        bin_size=config["tss_bins"]["bin_size"],
    script:
        "../workflow_scripts/deepchrome/interpretation/measure_feature_maps.py"


rule pick_example_gene:
    input:
        code=code("deepchrome/figures/pick_example_gene.py"),
        dataset=f"{DC}/data/{next(iter(DC_CELLS), 'none')}.npz",
    output:
        gene=f"{DC}/example_gene.tsv",
    log:
        f"{LOGS}/deepchrome/pick_example_gene.log",
    benchmark:
        f"{BENCH}/deepchrome/pick_example_gene.tsv"
    conda:
        "../envs/train.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=10,
    params:
        cell=next(iter(DC_CELLS), ""),
        bin_size=config["tss_bins"]["bin_size"],
    script:
        "../workflow_scripts/deepchrome/figures/pick_example_gene.py"


rule plot_fig1:
    input:
        code=code("deepchrome/figures/fig1.py"),
        gene=f"{DC}/example_gene.tsv",
    output:
        svg=report(
            f"{DC}/figures/fig1.svg",
            caption="../resources/captions/deepchrome_fig1.rst",
            category="DeepChrome",
            labels={
                "item": "Figure 1",
                "what": "input of the network (schematic)",
                "form": "figure",
            },
        ),
        png=f"{DC}/figures/fig1.png",
        tsv=report(
            f"{DC}/figures/fig1.tsv",
            caption="../resources/captions/deepchrome_fig1.rst",
            category="DeepChrome",
            labels={
                "item": "Figure 1",
                "what": "input of the network (schematic)",
                "form": "table",
            },
        ),
    log:
        f"{LOGS}/deepchrome/plot_fig1.log",
    benchmark:
        f"{BENCH}/deepchrome/plot_fig1.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        oriented=config["tss_bins"]["orient"],
    script:
        "../workflow_scripts/deepchrome/figures/fig1.py"


rule plot_fig2:
    input:
        code=code("deepchrome/figures/fig2.py"),
    output:
        svg=report(
            f"{DC}/figures/fig2.svg",
            caption="../resources/captions/deepchrome_fig2.rst",
            category="DeepChrome",
            labels={"item": "Figure 2", "what": "the network (schematic)", "form": "figure"},
        ),
        png=f"{DC}/figures/fig2.png",
        tsv=report(
            f"{DC}/figures/fig2.tsv",
            caption="../resources/captions/deepchrome_fig2.rst",
            category="DeepChrome",
            labels={"item": "Figure 2", "what": "the network (schematic)", "form": "table"},
        ),
    log:
        f"{LOGS}/deepchrome/plot_fig2.log",
    benchmark:
        f"{BENCH}/deepchrome/plot_fig2.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        sizes={
            "n_bins": config["tss_bins"]["n_bins"],
            "n_marks": len(DC_CONFIG["marks"]),
            **DC_CONFIG["network"],
        },
    script:
        "../workflow_scripts/deepchrome/figures/fig2.py"


rule plot_fig4b:
    input:
        code=code("deepchrome/figures/fig4b.py"),
        maps=f"{DC}/feature_maps.tsv",
    output:
        svg=report(
            f"{DC}/figures/fig4b.svg",
            caption="../resources/captions/deepchrome_fig4b.rst",
            category="DeepChrome",
            labels={
                "item": "Figure 4b",
                "what": "convolution output around the TSS",
                "form": "figure",
            },
        ),
        png=f"{DC}/figures/fig4b.png",
        tsv=report(
            f"{DC}/figures/fig4b.tsv",
            caption="../resources/captions/deepchrome_fig4b.rst",
            category="DeepChrome",
            labels={
                "item": "Figure 4b",
                "what": "convolution output around the TSS",
                "form": "table",
            },
        ),
    log:
        f"{LOGS}/deepchrome/plot_fig4b.log",
    benchmark:
        f"{BENCH}/deepchrome/plot_fig4b.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=10,
    script:
        "../workflow_scripts/deepchrome/figures/fig4b.py"


rule plot_fig5:
    input:
        code=code("deepchrome/figures/fig5.py"),
        counts=f"{DC}/class_maps/active_bins.tsv",
        means=f"{DC}/class_maps/means.tsv",
        published=str(ROOT / "resources/published/deepchrome_activecounts.tsv"),
    output:
        svg=report(
            f"{DC}/figures/fig5.svg",
            caption="../resources/captions/deepchrome_fig5.rst",
            category="DeepChrome",
            labels={"item": "Figure 5", "what": "class maps and active bins", "form": "figure"},
        ),
        png=f"{DC}/figures/fig5.png",
        tsv=report(
            f"{DC}/figures/fig5.tsv",
            caption="../resources/captions/deepchrome_fig5.rst",
            category="DeepChrome",
            labels={"item": "Figure 5", "what": "class maps and active bins", "form": "table"},
        ),
    log:
        f"{LOGS}/deepchrome/plot_fig5.log",
    benchmark:
        f"{BENCH}/deepchrome/plot_fig5.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        cells=list(DC_CELLS)[:2],
        bin_size=config["tss_bins"]["bin_size"],
    script:
        "../workflow_scripts/deepchrome/figures/fig5.py"
