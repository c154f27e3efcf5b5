"""DeepExpression: the models' scores beside each other (Figures 3 to 7), tests, learning."""


rule plot_deepexpression_fig3:
    input:
        code=code("deepexpression/figures/fig3.py"),
        metrics=PAPERS["deepexpression"].metrics,
    output:
        svg=report(
            f"{DE}/figures/fig3.svg",
            caption="../resources/captions/deepexpression_fig3.rst",
            category="DeepExpression",
            labels={"item": "Figure 3", "what": "AUC by number of folds", "form": "figure"},
        ),
        png=f"{DE}/figures/fig3.png",
        tsv=report(
            f"{DE}/figures/fig3.tsv",
            caption="../resources/captions/deepexpression_fig3.rst",
            category="DeepExpression",
            labels={"item": "Figure 3", "what": "AUC by number of folds", "form": "table"},
        ),
    log:
        f"{LOGS}/deepexpression/plot_deepexpression_fig3.log",
    benchmark:
        f"{BENCH}/deepexpression/plot_deepexpression_fig3.tsv"
    conda:
        "../envs/plot.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=10,
    script:
        "../workflow_scripts/deepexpression/figures/fig3.py"


rule plot_deepexpression_fig4:
    input:
        code=code("deepexpression/figures/fig4.py"),
        metrics=PAPERS["deepexpression"].metrics,
    output:
        svg=report(
            f"{DE}/figures/fig4.svg",
            caption="../resources/captions/deepexpression_fig4.rst",
            category="DeepExpression",
            labels={"item": "Figure 4", "what": "PCC by number of folds", "form": "figure"},
        ),
        png=f"{DE}/figures/fig4.png",
        tsv=report(
            f"{DE}/figures/fig4.tsv",
            caption="../resources/captions/deepexpression_fig4.rst",
            category="DeepExpression",
            labels={"item": "Figure 4", "what": "PCC by number of folds", "form": "table"},
        ),
    log:
        f"{LOGS}/deepexpression/plot_deepexpression_fig4.log",
    benchmark:
        f"{BENCH}/deepexpression/plot_deepexpression_fig4.tsv"
    conda:
        "../envs/plot.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=10,
    script:
        "../workflow_scripts/deepexpression/figures/fig4.py"


rule plot_deepexpression_fig5:
    input:
        code=code("deepexpression/figures/fig5.py"),
        metrics=PAPERS["deepexpression"].metrics,
    output:
        svg=report(
            f"{DE}/figures/fig5.svg",
            caption="../resources/captions/deepexpression_fig5.rst",
            category="DeepExpression",
            labels={"item": "Figure 5", "what": "prediction across cells", "form": "figure"},
        ),
        png=f"{DE}/figures/fig5.png",
        tsv=report(
            f"{DE}/figures/fig5.tsv",
            caption="../resources/captions/deepexpression_fig5.rst",
            category="DeepExpression",
            labels={"item": "Figure 5", "what": "prediction across cells", "form": "table"},
        ),
    log:
        f"{LOGS}/deepexpression/plot_deepexpression_fig5.log",
    benchmark:
        f"{BENCH}/deepexpression/plot_deepexpression_fig5.tsv"
    conda:
        "../envs/plot.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        split=DE_MAIN,
    script:
        "../workflow_scripts/deepexpression/figures/fig5.py"


rule plot_deepexpression_fig6:
    input:
        code=code("deepexpression/figures/fig6.py"),
        metrics=PAPERS["deepexpression"].metrics,
    output:
        svg=report(
            f"{DE}/figures/fig6.svg",
            caption="../resources/captions/deepexpression_fig6.rst",
            category="DeepExpression",
            labels={
                "item": "Figure 6",
                "what": "without promoter, without HiChIP",
                "form": "figure",
            },
        ),
        png=f"{DE}/figures/fig6.png",
        tsv=report(
            f"{DE}/figures/fig6.tsv",
            caption="../resources/captions/deepexpression_fig6.rst",
            category="DeepExpression",
            labels={
                "item": "Figure 6",
                "what": "without promoter, without HiChIP",
                "form": "table",
            },
        ),
    log:
        f"{LOGS}/deepexpression/plot_deepexpression_fig6.log",
    benchmark:
        f"{BENCH}/deepexpression/plot_deepexpression_fig6.tsv"
    conda:
        "../envs/plot.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        split=DE_MAIN,
    script:
        "../workflow_scripts/deepexpression/figures/fig6.py"


rule plot_deepexpression_fig7:
    input:
        code=code("deepexpression/figures/fig7.py"),
        metrics=PAPERS["deepexpression"].metrics,
    output:
        svg=report(
            f"{DE}/figures/fig7.svg",
            caption="../resources/captions/deepexpression_fig7.rst",
            category="DeepExpression",
            labels={"item": "Figure 7", "what": "PCC by window of HiChIP", "form": "figure"},
        ),
        png=f"{DE}/figures/fig7.png",
        tsv=report(
            f"{DE}/figures/fig7.tsv",
            caption="../resources/captions/deepexpression_fig7.rst",
            category="DeepExpression",
            labels={"item": "Figure 7", "what": "PCC by window of HiChIP", "form": "table"},
        ),
    log:
        f"{LOGS}/deepexpression/plot_deepexpression_fig7.log",
    benchmark:
        f"{BENCH}/deepexpression/plot_deepexpression_fig7.tsv"
    conda:
        "../envs/plot.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        split=DE_MAIN,
        reach=DE_CONFIG["hichip"]["reach"],
    script:
        "../workflow_scripts/deepexpression/figures/fig7.py"


rule plot_deepexpression_tests:
    input:
        code=code("deepexpression/figures/tests.py"),
        tests=f"{DE}/tables/tests.tsv",
    output:
        svg=report(
            f"{DE}/figures/tests.svg",
            caption="../resources/captions/deepexpression_tests.rst",
            category="DeepExpression",
            labels={"item": "Tests", "what": "tests between methods", "form": "figure"},
        ),
        png=f"{DE}/figures/tests.png",
        tsv=report(
            f"{DE}/figures/tests.tsv",
            caption="../resources/captions/deepexpression_tests.rst",
            category="DeepExpression",
            labels={"item": "Tests", "what": "tests between methods", "form": "table"},
        ),
    log:
        f"{LOGS}/deepexpression/plot_deepexpression_tests.log",
    benchmark:
        f"{BENCH}/deepexpression/plot_deepexpression_tests.tsv"
    conda:
        "../envs/plot.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        split=DE_MAIN,
    script:
        "../workflow_scripts/deepexpression/figures/tests.py"


rule plot_deepexpression_learning:
    input:
        code=code("deepexpression/figures/learning.py"),
        models=[
            f"{DE}/models/{cell}/{task}.{DE_MAIN}.{model}.seed{seed}"
            for cell, task, model, seed in DE_LEARNING
        ],
    output:
        svg=report(
            f"{DE}/figures/learning.svg",
            caption="../resources/captions/deepexpression_learning.rst",
            category="DeepExpression",
            labels={"item": "Learning", "what": "learning curves", "form": "figure"},
        ),
        png=f"{DE}/figures/learning.png",
        tsv=report(
            f"{DE}/figures/learning.tsv",
            caption="../resources/captions/deepexpression_learning.rst",
            category="DeepExpression",
            labels={"item": "Learning", "what": "learning curves", "form": "table"},
        ),
    log:
        f"{LOGS}/deepexpression/plot_deepexpression_learning.log",
    benchmark:
        f"{BENCH}/deepexpression/plot_deepexpression_learning.tsv"
    conda:
        "../envs/plot.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        runs=DE_LEARNING,
    script:
        "../workflow_scripts/deepexpression/figures/learning.py"
