"""DeepChrome's class maps, feature maps, schematics and tables, and the label-order study."""

from workflow_scripts.deepchrome.label_order_plan import other_order, plan_label_orders

DC_STUDY = DC_CONFIG["label_order_study"]
DC_OTHER = other_order(DC_CONFIG["label_order"])
DC_RELABELLED = []
# trained networks of every cell, seeds side by side
DC_WEIGHTS = [
    f"{DC}/models/{cell}/deepchrome.seed{seed}.keras"
    for cell in DC_CELLS
    for seed in DC_SEEDS["deepchrome"]
]

if "deepchrome" in config["papers"]:
    try:
        where = f"{CONFIG_FILE}: deepchrome.label_order_study"
        DC_RELABELLED = plan_label_orders(DC_STUDY, DC_CELLS, where)
        if DC_STUDY["matrix"]:
            DC_STUDY["matrix"] = locate(DC_STUDY["matrix"], where)
            check_file(DC_STUDY["matrix"], f"{where}.matrix", MADE)
    except UserError as error:
        refuse(error)

DC_SCORES += [f"{DC}/class_maps/scores.tsv"]
PAPERS["deepchrome"].figures += figure_files(
    DC, ["fig1", "fig2", "fig4b", "fig5", "table1", "table2"]
)
if DC_STUDY["matrix"]:
    PAPERS["deepchrome"].figures += figure_files(DC, ["labelorder"])
if DC_RELABELLED:
    DC_SCORES += [f"{DC}/label_order/scores.tsv"]


rule optimise_inputs:
    input:
        code=code("deepchrome/optimise_inputs.py"),
        datasets=[f"{DC}/data/{cell}.npz" for cell in DC_CELLS],
        weights=DC_WEIGHTS,
    output:
        maps=f"{DC}/class_maps/maps.npz",
    log:
        f"{LOGS}/deepchrome/optimise_inputs.log",
    benchmark:
        f"{BENCH}/deepchrome/optimise_inputs.tsv"
    conda:
        "../envs/train.yaml"
    # one job for all cells: its start takes longer than a cell
    threads: DC_CONFIG["threads"]
    resources:
        gpu=1,
        mem_mb=4000,
        runtime=120,
    params:
        cells=list(DC_CELLS),
        settings={k: v for k, v in DC_CONFIG["class_maps"].items() if k != "active"},
        seed=config["seed"],
    script:
        "../workflow_scripts/deepchrome/optimise_inputs.py"


rule count_active_bins:
    input:
        code=code("deepchrome/count_active_bins.py"),
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
        mem_mb=1000,
        runtime=10,
    params:
        threshold=DC_CONFIG["class_maps"]["active"],
    script:
        "../workflow_scripts/deepchrome/count_active_bins.py"


rule measure_feature_maps:
    input:
        code=code("deepchrome/measure_feature_maps.py"),
        datasets=[f"{DC}/data/{cell}.npz" for cell in DC_CELLS],
        weights=DC_WEIGHTS,
    output:
        table=f"{DC}/feature_maps.tsv",
    log:
        f"{LOGS}/deepchrome/measure_feature_maps.log",
    benchmark:
        f"{BENCH}/deepchrome/measure_feature_maps.tsv"
    conda:
        "../envs/train.yaml"
    threads: DC_CONFIG["threads"]
    resources:
        gpu=1,
        mem_mb=4000,
        runtime=60,
    params:
        cells=list(DC_CELLS),
        bin_size=config["tss_bins"]["bin_size"],
    script:
        "../workflow_scripts/deepchrome/measure_feature_maps.py"


rule pick_example_gene:
    input:
        code=code("deepchrome/pick_example_gene.py"),
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
        mem_mb=2000,
        runtime=10,
    params:
        cell=next(iter(DC_CELLS), ""),
        bin_size=config["tss_bins"]["bin_size"],
    script:
        "../workflow_scripts/deepchrome/pick_example_gene.py"


rule compare_label_orders:
    input:
        code=code("deepchrome/compare_label_orders.py"),
        matrix=DC_STUDY["matrix"] or [],
        published=PAPERS["deepchrome"].published,
    output:
        cells=f"{DC}/label_order/cells.tsv",
        correlations=report(
            f"{DC}/label_order/correlations.tsv",
            caption="../resources/captions/deepchrome_labelorder.rst",
            category="DeepChrome",
            labels={"item": "Label order", "what": "correlations", "form": "table"},
        ),
    log:
        f"{LOGS}/deepchrome/compare_label_orders.log",
    benchmark:
        f"{BENCH}/deepchrome/compare_label_orders.tsv"
    conda:
        "../envs/train.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        split_column=DC_STUDY["split_column"],
        draws=DC_CONFIG["bootstrap"],
        seed=config["seed"],
    script:
        "../workflow_scripts/deepchrome/compare_label_orders.py"


# The same data, training and prediction, with the labels of the order that the run did not choose
use rule build_dataset as build_other_order with:
    output:
        dataset=f"{DC}/label_order/data/{{cell}}.npz",
    log:
        f"{LOGS}/deepchrome/build_other_order/{{cell}}.log",
    benchmark:
        f"{BENCH}/deepchrome/build_other_order/{{cell}}.tsv"
    params:
        label_order=DC_OTHER,


use rule train_deepchrome as train_other_order with:
    input:
        code=code("deepchrome/train_deepchrome.py"),
        dataset=f"{DC}/label_order/data/{{cell}}.npz",
    output:
        weights=f"{DC}/label_order/models/{{cell}}/{{model}}.seed{{seed}}.keras",
        history=f"{DC}/label_order/models/{{cell}}/{{model}}.seed{{seed}}.history.tsv",
        record=f"{DC}/label_order/models/{{cell}}/{{model}}.seed{{seed}}.run.json",
    log:
        f"{LOGS}/deepchrome/train_other_order/{{cell}}.{{model}}.seed{{seed}}.log",
    benchmark:
        f"{BENCH}/deepchrome/train_other_order/{{cell}}.{{model}}.seed{{seed}}.tsv"
    params:
        checkpoints=f"{DC}/checkpoints/{{cell}}.{{model}}.{DC_OTHER}.seed{{seed}}",


use rule predict_deepchrome as predict_other_order with:
    input:
        code=code("deepchrome/predict_deepchrome.py"),
        dataset=f"{DC}/label_order/data/{{cell}}.npz",
        weights=lambda w: expand(
            f"{DC}/label_order/models/{w.cell}/{w.model}.seed{{seed}}.keras",
            seed=DC_SEEDS[w.model],
        ),
    output:
        predictions=f"{DC}/label_order/predictions/{{cell}}.{{model}}.tsv.gz",
    log:
        f"{LOGS}/deepchrome/predict_other_order/{{cell}}.{{model}}.log",
    benchmark:
        f"{BENCH}/deepchrome/predict_other_order/{{cell}}.{{model}}.tsv"


rule score_label_orders:
    input:
        code=code("deepchrome/score_label_orders.py"),
        predictions=[
            f"{DC}/label_order/predictions/{cell}.deepchrome.tsv.gz" for cell in DC_RELABELLED
        ],
    output:
        scores=f"{DC}/label_order/scores.tsv",
    log:
        f"{LOGS}/deepchrome/score_label_orders.log",
    benchmark:
        f"{BENCH}/deepchrome/score_label_orders.tsv"
    conda:
        "../envs/train.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        cells=DC_RELABELLED,
        order=DC_OTHER,
        draws=DC_CONFIG["bootstrap"],
        seed=config["seed"],
    script:
        "../workflow_scripts/deepchrome/score_label_orders.py"


rule plot_fig1:
    input:
        code=code("deepchrome/plot_fig1.py"),
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
        mem_mb=1000,
        runtime=10,
    params:
        oriented=config["tss_bins"]["orient"],
    script:
        "../workflow_scripts/deepchrome/plot_fig1.py"


rule plot_fig2:
    input:
        code=code("deepchrome/plot_fig2.py"),
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
        mem_mb=1000,
        runtime=10,
    params:
        sizes={
            "n_bins": config["tss_bins"]["n_bins"],
            "n_marks": len(DC_CONFIG["marks"]),
            **DC_CONFIG["network"],
        },
    script:
        "../workflow_scripts/deepchrome/plot_fig2.py"


rule plot_fig4b:
    input:
        code=code("deepchrome/plot_fig4b.py"),
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
        mem_mb=1000,
        runtime=10,
    script:
        "../workflow_scripts/deepchrome/plot_fig4b.py"


rule plot_fig5:
    input:
        code=code("deepchrome/plot_fig5.py"),
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
        mem_mb=1000,
        runtime=10,
    params:
        cells=list(DC_CELLS)[:2],
        bin_size=config["tss_bins"]["bin_size"],
    script:
        "../workflow_scripts/deepchrome/plot_fig5.py"


rule plot_table1:
    input:
        code=code("deepchrome/plot_table1.py"),
        methods=str(ROOT / "resources/published/deepchrome_methods.tsv"),
    output:
        svg=report(
            f"{DC}/figures/table1.svg",
            caption="../resources/captions/deepchrome_table1.rst",
            category="DeepChrome",
            labels={"item": "Table 1", "what": "methods", "form": "figure"},
        ),
        png=f"{DC}/figures/table1.png",
        tsv=report(
            f"{DC}/figures/table1.tsv",
            caption="../resources/captions/deepchrome_table1.rst",
            category="DeepChrome",
            labels={"item": "Table 1", "what": "methods", "form": "table"},
        ),
    log:
        f"{LOGS}/deepchrome/plot_table1.log",
    benchmark:
        f"{BENCH}/deepchrome/plot_table1.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    script:
        "../workflow_scripts/deepchrome/plot_table1.py"


rule plot_table2:
    input:
        code=code("deepchrome/plot_table2.py"),
    output:
        svg=report(
            f"{DC}/figures/table2.svg",
            caption="../resources/captions/deepchrome_table2.rst",
            category="DeepChrome",
            labels={"item": "Table 2", "what": "histone marks", "form": "figure"},
        ),
        png=f"{DC}/figures/table2.png",
        tsv=report(
            f"{DC}/figures/table2.tsv",
            caption="../resources/captions/deepchrome_table2.rst",
            category="DeepChrome",
            labels={"item": "Table 2", "what": "histone marks", "form": "table"},
        ),
    log:
        f"{LOGS}/deepchrome/plot_table2.log",
    benchmark:
        f"{BENCH}/deepchrome/plot_table2.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        marks=DC_CONFIG["marks"],
    script:
        "../workflow_scripts/deepchrome/plot_table2.py"


rule plot_labelorder:
    input:
        code=code("deepchrome/plot_labelorder.py"),
        cells=f"{DC}/label_order/cells.tsv",
        correlations=f"{DC}/label_order/correlations.tsv",
        metrics=PAPERS["deepchrome"].metrics,
    output:
        svg=report(
            f"{DC}/figures/labelorder.svg",
            caption="../resources/captions/deepchrome_labelorder.rst",
            category="DeepChrome",
            labels={
                "item": "Label order",
                "what": "labels by text and published AUC",
                "form": "figure",
            },
        ),
        png=f"{DC}/figures/labelorder.png",
        tsv=report(
            f"{DC}/figures/labelorder.tsv",
            caption="../resources/captions/deepchrome_labelorder.rst",
            category="DeepChrome",
            labels={
                "item": "Label order",
                "what": "labels by text and published AUC",
                "form": "table",
            },
        ),
    log:
        f"{LOGS}/deepchrome/plot_labelorder.log",
    benchmark:
        f"{BENCH}/deepchrome/plot_labelorder.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        trained=DC_RELABELLED,
        splits={DC_CONFIG["label_order"]: "test", DC_OTHER: f"test_{DC_OTHER}"},
    script:
        "../workflow_scripts/deepchrome/plot_labelorder.py"
