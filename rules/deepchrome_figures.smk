"""DeepChrome: figures of scores, predictions and trainings."""

PAPERS["deepchrome"].figures += figure_files(
    DC, ["supplement", "curves", "calibration", "learning"]
)


rule plot_supplement:
    input:
        code=code("deepchrome/figures/supplement.py"),
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
        mem_mb=growing(1000),
        runtime=10,
    script:
        "../workflow_scripts/deepchrome/figures/supplement.py"


rule plot_curves:
    input:
        code=code("deepchrome/figures/curves.py"),
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
        mem_mb=growing(1000),
        runtime=10,
    params:
        cells=list(DC_CELLS),
    script:
        "../workflow_scripts/deepchrome/figures/curves.py"


rule plot_calibration:
    input:
        code=code("deepchrome/figures/calibration.py"),
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
        mem_mb=growing(1000),
        runtime=10,
    params:
        cells=list(DC_CELLS),
    script:
        "../workflow_scripts/deepchrome/figures/calibration.py"


rule plot_learning:
    input:
        code=code("deepchrome/figures/learning.py"),
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
        mem_mb=growing(1000),
        runtime=10,
    params:
        cells=list(DC_CELLS),
        seeds=DC_CONFIG["seeds"],
    script:
        "../workflow_scripts/deepchrome/figures/learning.py"
