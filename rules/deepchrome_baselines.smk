"""DeepChrome's baselines, tuning, cross-cell prediction, and the figures drawn from them."""

DC_GRID = grid_settings(DC_CONFIG["baselines"])
DC_CROSS = DC_CONFIG["cross_cell"]["enabled"] and len(DC_CELLS) > 1

if "deepchrome" in config["papers"]:
    try:
        DC_SETTINGS = plan_settings(
            DC_CONFIG["tuning"],
            DC_CONFIG["network"],
            config["tss_bins"]["n_bins"],
            f"{CONFIG_FILE}: deepchrome.tuning",
        )
        DC_TUNED = plan_tuned_cells(
            DC_CONFIG["tuning"], list(DC_CELLS), f"{CONFIG_FILE}: deepchrome.tuning"
        )
    except UserError as error:
        refuse(error)
else:
    DC_SETTINGS, DC_TUNED = {}, []

if "svm" in DC_BASELINES:
    DC_SCORES += [f"{DC}/bins/{cell}.metrics.tsv" for cell in DC_CELLS]
    PAPERS["deepchrome"].figures += figure_files(DC, ["fig4a"])
if DC_TUNED:
    DC_SCORES += [f"{DC}/tuning.metrics.tsv"]
    PAPERS["deepchrome"].figures += figure_files(DC, ["table3"])
if DC_CROSS:
    PAPERS["deepchrome"].figures += figure_files(DC, ["crosscell"])
PAPERS["deepchrome"].figures += figure_files(
    DC, ["supplement", "curves", "calibration", "learning"]
)


rule fit_svm:
    input:
        code=code("deepchrome/fit_svm.py"),
        dataset=f"{DC}/data/{{cell}}.npz",
    output:
        predictions=f"{DC}/predictions/{{cell}}.svm_best_bin.tsv.gz",
        bins=f"{DC}/bins/{{cell}}.tsv",
        scores=f"{DC}/bins/{{cell}}.metrics.tsv",
    log:
        f"{LOGS}/deepchrome/fit_svm/{{cell}}.log",
    benchmark:
        f"{BENCH}/deepchrome/fit_svm/{{cell}}.tsv"
    conda:
        "../envs/train.yaml"
    threads: DC_CONFIG["baselines"]["threads"]
    resources:
        mem_mb=4000,
        runtime=1440,
    params:
        grid=DC_GRID,
        seed=config["seed"],
        # not an output: see train_deepchrome
        checkpoints=f"{DC}/checkpoints/{{cell}}.svm",
    script:
        "../workflow_scripts/deepchrome/fit_svm.py"


rule fit_random_forest:
    input:
        code=code("deepchrome/fit_random_forest.py"),
        dataset=f"{DC}/data/{{cell}}.npz",
    output:
        predictions=f"{DC}/predictions/{{cell}}.random_forest.tsv.gz",
    log:
        f"{LOGS}/deepchrome/fit_random_forest/{{cell}}.log",
    benchmark:
        f"{BENCH}/deepchrome/fit_random_forest/{{cell}}.tsv"
    conda:
        "../envs/train.yaml"
    threads: DC_CONFIG["baselines"]["threads"]
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        grid=DC_GRID,
        seeds=DC_CONFIG["seeds"],
    script:
        "../workflow_scripts/deepchrome/fit_random_forest.py"


rule fit_gradient_boosting:
    input:
        code=code("deepchrome/fit_gradient_boosting.py"),
        dataset=f"{DC}/data/{{cell}}.npz",
    output:
        predictions=f"{DC}/predictions/{{cell}}.gradient_boosting.tsv.gz",
    log:
        f"{LOGS}/deepchrome/fit_gradient_boosting/{{cell}}.log",
    benchmark:
        f"{BENCH}/deepchrome/fit_gradient_boosting/{{cell}}.tsv"
    conda:
        "../envs/train.yaml"
    threads: DC_CONFIG["baselines"]["threads"]
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        grid=DC_GRID,
    script:
        "../workflow_scripts/deepchrome/fit_gradient_boosting.py"


rule tune_deepchrome:
    input:
        code=code("deepchrome/tune_deepchrome.py"),
        dataset=f"{DC}/data/{{cell}}.npz",
    output:
        table=f"{DC}/tuning/{{cell}}.tsv",
    log:
        f"{LOGS}/deepchrome/tune_deepchrome/{{cell}}.log",
    benchmark:
        f"{BENCH}/deepchrome/tune_deepchrome/{{cell}}.tsv"
    conda:
        "../envs/train.yaml"
    threads: DC_CONFIG["threads"]
    resources:
        gpu=1,
        mem_mb=4000,
        runtime=1440,
    params:
        settings=DC_SETTINGS,
        training=training_settings(
            DC_CONFIG["preset"], {**DC_CONFIG["training"], **DC_CONFIG["tuning"]["training"]}
        ),
        seed=DC_CONFIG["seeds"][0],
        checkpoint_seconds=config["checkpoint_seconds"],
        checkpoints=f"{DC}/checkpoints/{{cell}}.tuning",
    script:
        "../workflow_scripts/deepchrome/tune_deepchrome.py"


rule tabulate_tuning:
    input:
        code=code("deepchrome/tabulate_tuning.py"),
        tables=[f"{DC}/tuning/{cell}.tsv" for cell in DC_TUNED],
    output:
        tuning=f"{DC}/tuning.tsv",
        tests=f"{DC}/tuning.tests.tsv",
        scores=f"{DC}/tuning.metrics.tsv",
    log:
        f"{LOGS}/deepchrome/tabulate_tuning.log",
    benchmark:
        f"{BENCH}/deepchrome/tabulate_tuning.tsv"
    conda:
        "../envs/train.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        own=setting_name({**DC_CONFIG["network"], "convolutions": 1}),
        seed=DC_CONFIG["seeds"][0],
    script:
        "../workflow_scripts/deepchrome/tabulate_tuning.py"


rule cross_cells:
    input:
        code=code("deepchrome/cross_cells.py"),
        datasets=[f"{DC}/data/{cell}.npz" for cell in DC_CELLS],
        weights=[
            f"{DC}/models/{cell}/deepchrome.seed{seed}.keras"
            for cell in DC_CELLS
            for seed in DC_CONFIG["seeds"]
        ],
    output:
        table=f"{DC}/cross_cell.tsv",
    log:
        f"{LOGS}/deepchrome/cross_cells.log",
    benchmark:
        f"{BENCH}/deepchrome/cross_cells.tsv"
    conda:
        "../envs/train.yaml"
    threads: DC_CONFIG["threads"]
    resources:
        gpu=1,
        # every cell's genes at once: 40 MB of 19,802 genes as float32, and their test third again
        mem_mb=2000 + 60 * len(DC_CELLS),
        runtime=240,
    params:
        cells=list(DC_CELLS),
        seeds=DC_CONFIG["seeds"],
    script:
        "../workflow_scripts/deepchrome/cross_cells.py"


rule plot_fig4a:
    input:
        code=code("deepchrome/plot_fig4a.py"),
        bins=[f"{DC}/bins/{cell}.tsv" for cell in DC_CELLS],
    output:
        svg=report(
            f"{DC}/figures/fig4a.svg",
            caption="../resources/captions/deepchrome_fig4a.rst",
            category="DeepChrome",
            labels={"item": "Figure 4a", "what": "SVM test AUC by bin", "form": "figure"},
        ),
        png=f"{DC}/figures/fig4a.png",
        tsv=report(
            f"{DC}/figures/fig4a.tsv",
            caption="../resources/captions/deepchrome_fig4a.rst",
            category="DeepChrome",
            labels={"item": "Figure 4a", "what": "SVM test AUC by bin", "form": "table"},
        ),
    log:
        f"{LOGS}/deepchrome/plot_fig4a.log",
    benchmark:
        f"{BENCH}/deepchrome/plot_fig4a.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        cells=list(DC_CELLS),
        bin_size=config["tss_bins"]["bin_size"],
        oriented=config["tss_bins"]["orient"],
    script:
        "../workflow_scripts/deepchrome/plot_fig4a.py"


rule plot_table3:
    input:
        code=code("deepchrome/plot_table3.py"),
        tuning=f"{DC}/tuning.tsv",
        tests=f"{DC}/tuning.tests.tsv",
        published=PAPERS["deepchrome"].published,
    output:
        svg=report(
            f"{DC}/figures/table3.svg",
            caption="../resources/captions/deepchrome_table3.rst",
            category="DeepChrome",
            labels={"item": "Table 3", "what": "tuning of the network", "form": "figure"},
        ),
        png=f"{DC}/figures/table3.png",
        tsv=report(
            f"{DC}/figures/table3.tsv",
            caption="../resources/captions/deepchrome_table3.rst",
            category="DeepChrome",
            labels={"item": "Table 3", "what": "tuning of the network", "form": "table"},
        ),
    log:
        f"{LOGS}/deepchrome/plot_table3.log",
    benchmark:
        f"{BENCH}/deepchrome/plot_table3.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    script:
        "../workflow_scripts/deepchrome/plot_table3.py"


rule plot_crosscell:
    input:
        code=code("deepchrome/plot_crosscell.py"),
        table=f"{DC}/cross_cell.tsv",
    output:
        svg=report(
            f"{DC}/figures/crosscell.svg",
            caption="../resources/captions/deepchrome_crosscell.rst",
            category="DeepChrome",
            labels={
                "item": "Cross-cell prediction",
                "what": "trained on one, tested on another",
                "form": "figure",
            },
        ),
        png=f"{DC}/figures/crosscell.png",
        tsv=report(
            f"{DC}/figures/crosscell.tsv",
            caption="../resources/captions/deepchrome_crosscell.rst",
            category="DeepChrome",
            labels={
                "item": "Cross-cell prediction",
                "what": "trained on one, tested on another",
                "form": "table",
            },
        ),
    log:
        f"{LOGS}/deepchrome/plot_crosscell.log",
    benchmark:
        f"{BENCH}/deepchrome/plot_crosscell.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        cells=list(DC_CELLS),
    script:
        "../workflow_scripts/deepchrome/plot_crosscell.py"


rule plot_supplement:
    input:
        code=code("deepchrome/plot_supplement.py"),
        metrics=PAPERS["deepchrome"].metrics,
        published=PAPERS["deepchrome"].published,
        cell_types=own("resources/sheets/deepchrome_cell_types.tsv"),
    output:
        svg=report(
            f"{DC}/figures/supplement.svg",
            caption="../resources/captions/deepchrome_supplement.rst",
            category="DeepChrome",
            labels={
                "item": "Supplement",
                "what": "test AUC, obtained and published",
                "form": "figure",
            },
        ),
        png=f"{DC}/figures/supplement.png",
        tsv=report(
            f"{DC}/figures/supplement.tsv",
            caption="../resources/captions/deepchrome_supplement.rst",
            category="DeepChrome",
            labels={
                "item": "Supplement",
                "what": "test AUC, obtained and published",
                "form": "table",
            },
        ),
    log:
        f"{LOGS}/deepchrome/plot_supplement.log",
    benchmark:
        f"{BENCH}/deepchrome/plot_supplement.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    script:
        "../workflow_scripts/deepchrome/plot_supplement.py"


rule plot_curves:
    input:
        code=code("deepchrome/plot_curves.py"),
        predictions=[f"{DC}/predictions/{cell}.deepchrome.tsv.gz" for cell in DC_CELLS],
    output:
        svg=report(
            f"{DC}/figures/curves.svg",
            caption="../resources/captions/deepchrome_curves.rst",
            category="DeepChrome",
            labels={"item": "Curves", "what": "ROC and precision-recall", "form": "figure"},
        ),
        png=f"{DC}/figures/curves.png",
        tsv=report(
            f"{DC}/figures/curves.tsv",
            caption="../resources/captions/deepchrome_curves.rst",
            category="DeepChrome",
            labels={"item": "Curves", "what": "ROC and precision-recall", "form": "table"},
        ),
    log:
        f"{LOGS}/deepchrome/plot_curves.log",
    benchmark:
        f"{BENCH}/deepchrome/plot_curves.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        cells=list(DC_CELLS),
    script:
        "../workflow_scripts/deepchrome/plot_curves.py"


rule plot_calibration:
    input:
        code=code("deepchrome/plot_calibration.py"),
        predictions=[f"{DC}/predictions/{cell}.deepchrome.tsv.gz" for cell in DC_CELLS],
    output:
        svg=report(
            f"{DC}/figures/calibration.svg",
            caption="../resources/captions/deepchrome_calibration.rst",
            category="DeepChrome",
            labels={"item": "Calibration", "what": "observed by predicted", "form": "figure"},
        ),
        png=f"{DC}/figures/calibration.png",
        tsv=report(
            f"{DC}/figures/calibration.tsv",
            caption="../resources/captions/deepchrome_calibration.rst",
            category="DeepChrome",
            labels={"item": "Calibration", "what": "observed by predicted", "form": "table"},
        ),
    log:
        f"{LOGS}/deepchrome/plot_calibration.log",
    benchmark:
        f"{BENCH}/deepchrome/plot_calibration.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        cells=list(DC_CELLS),
    script:
        "../workflow_scripts/deepchrome/plot_calibration.py"


rule plot_learning:
    input:
        code=code("deepchrome/plot_learning.py"),
        histories=[
            f"{DC}/models/{cell}/deepchrome.seed{seed}.history.tsv"
            for cell in DC_CELLS
            for seed in DC_CONFIG["seeds"]
        ],
    output:
        svg=report(
            f"{DC}/figures/learning.svg",
            caption="../resources/captions/deepchrome_learning.rst",
            category="DeepChrome",
            labels={
                "item": "Learning curves",
                "what": "loss and validation AUC by epoch",
                "form": "figure",
            },
        ),
        png=f"{DC}/figures/learning.png",
        tsv=report(
            f"{DC}/figures/learning.tsv",
            caption="../resources/captions/deepchrome_learning.rst",
            category="DeepChrome",
            labels={
                "item": "Learning curves",
                "what": "loss and validation AUC by epoch",
                "form": "table",
            },
        ),
    log:
        f"{LOGS}/deepchrome/plot_learning.log",
    benchmark:
        f"{BENCH}/deepchrome/plot_learning.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        cells=list(DC_CELLS),
        seeds=DC_CONFIG["seeds"],
    script:
        "../workflow_scripts/deepchrome/plot_learning.py"
