"""DeepChrome's tables of methods and of marks."""

PAPERS["deepchrome"].figures += figure_files(DC, ["table1", "table2"])


rule plot_table1:
    input:
        code=code("deepchrome/figures/table1.py"),
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
        mem_mb=growing(1000),
        runtime=10,
    script:
        "../workflow_scripts/deepchrome/figures/table1.py"


rule plot_table2:
    input:
        code=code("deepchrome/figures/table2.py"),
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
        mem_mb=growing(1000),
        runtime=10,
    params:
        marks=DC_CONFIG["marks"],
    script:
        "../workflow_scripts/deepchrome/figures/table2.py"
