"""Enhancement: maps and scores of all models, as Figures 6 to 8 and Tables I to III."""


rule plot_enhancement_fig6:
    input:
        code=code("enhancement/figures/fig6.py"),
        maps=f"{EN}/tables/maps.image.tsv.gz",
    output:
        svg=report(
            f"{EN}/figures/fig6.svg",
            caption="../resources/captions/enhancement_fig6.rst",
            category="Enhancement",
            labels={"item": "Figure 6", "what": "maps of all methods", "form": "figure"},
        ),
        png=f"{EN}/figures/fig6.png",
        tsv=report(
            f"{EN}/figures/fig6.tsv",
            caption="../resources/captions/enhancement_fig6.rst",
            category="Enhancement",
            labels={"item": "Figure 6", "what": "maps of all methods", "form": "table"},
        ),
    log:
        f"{LOGS}/enhancement/plot_enhancement_fig6.log",
    benchmark:
        f"{BENCH}/enhancement/plot_enhancement_fig6.tsv"
    conda:
        "../envs/plot.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        window=0,
        zoom_bins=EN_CONFIG["figures"]["zoom_bins"],
    script:
        "../workflow_scripts/enhancement/figures/fig6.py"


rule plot_enhancement_fig7:
    input:
        code=code("enhancement/figures/fig7.py"),
        maps=f"{EN}/tables/maps.image.tsv.gz",
        zeroed=f"{EN}/zeroed.tsv",
    output:
        svg=report(
            f"{EN}/figures/fig7.svg",
            caption="../resources/captions/enhancement_fig7.rst",
            category="Enhancement",
            labels={"item": "Figure 7", "what": "one of the models zeroed", "form": "figure"},
        ),
        png=f"{EN}/figures/fig7.png",
        tsv=report(
            f"{EN}/figures/fig7.tsv",
            caption="../resources/captions/enhancement_fig7.rst",
            category="Enhancement",
            labels={"item": "Figure 7", "what": "one of the models zeroed", "form": "table"},
        ),
    log:
        f"{LOGS}/enhancement/plot_enhancement_fig7.log",
    benchmark:
        f"{BENCH}/enhancement/plot_enhancement_fig7.tsv"
    conda:
        "../envs/plot.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        window=0,
    script:
        "../workflow_scripts/enhancement/figures/fig7.py"


rule plot_enhancement_fig8:
    input:
        code=code("enhancement/figures/fig8.py"),
        histories=[f"{EN}/models/{m}.seed{s}.history.tsv" for m, s in EN_RUNS_HYBRID],
    output:
        svg=report(
            f"{EN}/figures/fig8.svg",
            caption="../resources/captions/enhancement_fig8.rst",
            category="Enhancement",
            labels={"item": "Figure 8", "what": "hybrid, pre-heated or not", "form": "figure"},
        ),
        png=f"{EN}/figures/fig8.png",
        tsv=report(
            f"{EN}/figures/fig8.tsv",
            caption="../resources/captions/enhancement_fig8.rst",
            category="Enhancement",
            labels={"item": "Figure 8", "what": "hybrid, pre-heated or not", "form": "table"},
        ),
    log:
        f"{LOGS}/enhancement/plot_enhancement_fig8.log",
    benchmark:
        f"{BENCH}/enhancement/plot_enhancement_fig8.tsv"
    conda:
        "../envs/plot.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        runs=EN_RUNS_HYBRID,
    script:
        "../workflow_scripts/enhancement/figures/fig8.py"


rule plot_enhancement_table1:
    input:
        code=code("enhancement/figures/table1.py"),
        metrics=PAPERS["enhancement"].metrics,
        published=PAPERS["enhancement"].published,
    output:
        svg=report(
            f"{EN}/figures/table1.svg",
            caption="../resources/captions/enhancement_table1.rst",
            category="Enhancement",
            labels={"item": "Table I", "what": "scores of the sequence models", "form": "figure"},
        ),
        png=f"{EN}/figures/table1.png",
        tsv=report(
            f"{EN}/figures/table1.tsv",
            caption="../resources/captions/enhancement_table1.rst",
            category="Enhancement",
            labels={"item": "Table I", "what": "scores of the sequence models", "form": "table"},
        ),
    log:
        f"{LOGS}/enhancement/plot_enhancement_table1.log",
    benchmark:
        f"{BENCH}/enhancement/plot_enhancement_table1.tsv"
    conda:
        "../envs/plot.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=10,
    script:
        "../workflow_scripts/enhancement/figures/table1.py"


rule plot_enhancement_table2:
    input:
        code=code("enhancement/figures/table2.py"),
        metrics=PAPERS["enhancement"].metrics,
        published=PAPERS["enhancement"].published,
    output:
        svg=report(
            f"{EN}/figures/table2.svg",
            caption="../resources/captions/enhancement_table2.rst",
            category="Enhancement",
            labels={"item": "Table II", "what": "scores of the image models", "form": "figure"},
        ),
        png=f"{EN}/figures/table2.png",
        tsv=report(
            f"{EN}/figures/table2.tsv",
            caption="../resources/captions/enhancement_table2.rst",
            category="Enhancement",
            labels={"item": "Table II", "what": "scores of the image models", "form": "table"},
        ),
    log:
        f"{LOGS}/enhancement/plot_enhancement_table2.log",
    benchmark:
        f"{BENCH}/enhancement/plot_enhancement_table2.tsv"
    conda:
        "../envs/plot.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=10,
    script:
        "../workflow_scripts/enhancement/figures/table2.py"


rule plot_enhancement_table3:
    input:
        code=code("enhancement/figures/table3.py"),
        metrics=PAPERS["enhancement"].metrics,
        published=PAPERS["enhancement"].published,
    output:
        svg=report(
            f"{EN}/figures/table3.svg",
            caption="../resources/captions/enhancement_table3.rst",
            category="Enhancement",
            labels={"item": "Table III", "what": "split by chance and by place", "form": "figure"},
        ),
        png=f"{EN}/figures/table3.png",
        tsv=report(
            f"{EN}/figures/table3.tsv",
            caption="../resources/captions/enhancement_table3.rst",
            category="Enhancement",
            labels={"item": "Table III", "what": "split by chance and by place", "form": "table"},
        ),
    log:
        f"{LOGS}/enhancement/plot_enhancement_table3.log",
    benchmark:
        f"{BENCH}/enhancement/plot_enhancement_table3.tsv"
    conda:
        "../envs/plot.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=10,
    script:
        "../workflow_scripts/enhancement/figures/table3.py"


rule plot_enhancement_distance:
    input:
        code=code("enhancement/figures/distance.py"),
        scores=f"{EN}/by_distance.tsv",
    output:
        svg=report(
            f"{EN}/figures/distance.svg",
            caption="../resources/captions/enhancement_distance.rst",
            category="Enhancement",
            labels={"item": "Distance", "what": "correlation by distance", "form": "figure"},
        ),
        png=f"{EN}/figures/distance.png",
        tsv=report(
            f"{EN}/figures/distance.tsv",
            caption="../resources/captions/enhancement_distance.rst",
            category="Enhancement",
            labels={"item": "Distance", "what": "correlation by distance", "form": "table"},
        ),
    log:
        f"{LOGS}/enhancement/plot_enhancement_distance.log",
    benchmark:
        f"{BENCH}/enhancement/plot_enhancement_distance.tsv"
    conda:
        "../envs/plot.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=10,
    script:
        "../workflow_scripts/enhancement/figures/distance.py"


rule plot_enhancement_learning:
    input:
        code=code("enhancement/figures/learning.py"),
        histories=[f"{EN}/models/{m}.seed{s}.history.tsv" for m, s in EN_RUNS_TRAINED],
    output:
        svg=report(
            f"{EN}/figures/learning.svg",
            caption="../resources/captions/enhancement_learning.rst",
            category="Enhancement",
            labels={"item": "Learning", "what": "learning curves", "form": "figure"},
        ),
        png=f"{EN}/figures/learning.png",
        tsv=report(
            f"{EN}/figures/learning.tsv",
            caption="../resources/captions/enhancement_learning.rst",
            category="Enhancement",
            labels={"item": "Learning", "what": "learning curves", "form": "table"},
        ),
    log:
        f"{LOGS}/enhancement/plot_enhancement_learning.log",
    benchmark:
        f"{BENCH}/enhancement/plot_enhancement_learning.tsv"
    conda:
        "../envs/plot.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        runs=EN_RUNS_TRAINED,
    script:
        "../workflow_scripts/enhancement/figures/learning.py"
