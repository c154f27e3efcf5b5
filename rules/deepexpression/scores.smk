"""DeepExpression: scores, tests between methods, and the tables that figures are drawn from."""

from workflow_scripts.deepexpression.config.score_plan import cross_runs, learning_runs, scored_runs

# what figures of one split show, and what stands as split `test` in metrics.tsv: the first
DE_MAIN = DE_SPLITS[0]
DE_RUNS = scored_runs(DE_CELL_MODELS, DE_BASELINES.values(), DE_TASKS, DE_SPLITS)
DE_CROSS_RUNS = cross_runs(DE_CROSS, DE_BASELINES.values(), DE_MAIN, DE_SEEDS)
DE_LEARNING = learning_runs(DE_CELL_MODELS, DE_TASKS)
# Figure 1 shows the network of the first cell, one with HiChIP where there is such
DE_SHOWN = next(iter([*DE_HICHIP, *DE_CELLS]), "none")
DE_DRAWN = ["seq", "full"] if DE_HICHIP else ["seq"]


rule score_deepexpression:
    input:
        code=code("deepexpression/evaluation/score_deepexpression.py"),
        predictions=[
            f"{DE}/predictions/{c}/{t}.{s}.{m}.seed{seed}.tsv.gz" for c, t, s, m, seed in DE_RUNS
        ],
        cross=[f"{DE}/cross/{t}.{s}.{m}.seed{seed}.tsv.gz" for t, s, m, seed in DE_CROSS_RUNS],
    output:
        folds=f"{DE}/tables/folds.tsv",
        cross=f"{DE}/tables/cross.tsv",
    log:
        f"{LOGS}/deepexpression/score_deepexpression.log",
    benchmark:
        f"{BENCH}/deepexpression/score_deepexpression.tsv"
    conda:
        "../../envs/train.yaml"
    threads: 1
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=60,
    params:
        runs=DE_RUNS,
        cross_runs=DE_CROSS_RUNS,
    script:
        "../../workflow_scripts/deepexpression/evaluation/score_deepexpression.py"


rule compare_methods:
    input:
        code=code("deepexpression/evaluation/compare_methods.py"),
        folds=f"{DE}/tables/folds.tsv",
    output:
        tests=f"{DE}/tables/tests.tsv",
    log:
        f"{LOGS}/deepexpression/compare_methods.log",
    benchmark:
        f"{BENCH}/deepexpression/compare_methods.tsv"
    conda:
        "../../envs/train.yaml"
    threads: 1
    resources:
        mem_mb=mem_per_attempt(2000),
        runtime=20,
    script:
        "../../workflow_scripts/deepexpression/evaluation/compare_methods.py"


rule tabulate_expression_data:
    input:
        code=code("deepexpression/figures/tabulate_expression_data.py"),
        data=[f"{DE}/data/{cell}.npz" for cell in DE_CELLS],
        loops=[f"{RESULTS}/loops/cells/{cell}.tsv.gz" for cell in DE_HICHIP],
        quality=f"{RESULTS}/loops/quality.tsv" if DE_HICHIP else [],
    output:
        summary=f"{DE}/tables/summary.tsv",
        genes=f"{DE}/tables/genes.tsv.gz",
    log:
        f"{LOGS}/deepexpression/tabulate_expression_data.log",
    benchmark:
        f"{BENCH}/deepexpression/tabulate_expression_data.tsv"
    conda:
        "../../envs/train.yaml"
    threads: 1
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=20,
    params:
        cells=list(DE_CELLS),
        with_loops=DE_HICHIP,
        hichip={cell: samples_with(assay="HiChIP", cell=cell) for cell in DE_HICHIP},
        rna={cell: len(samples_with(assay="RNA-seq", cell=cell)) for cell in DE_CELLS},
    script:
        "../../workflow_scripts/deepexpression/figures/tabulate_expression_data.py"


rule tabulate_gene_loops:
    input:
        code=code("deepexpression/figures/tabulate_gene_loops.py"),
        data=[f"{DE}/data/{cell}.npz" for cell in DE_HICHIP],
    output:
        table=f"{DE}/tables/gene_loops.tsv",
    log:
        f"{LOGS}/deepexpression/tabulate_gene_loops.log",
    benchmark:
        f"{BENCH}/deepexpression/tabulate_gene_loops.tsv"
    conda:
        "../../envs/train.yaml"
    threads: 1
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=20,
    params:
        cells=DE_HICHIP,
        gene=DE_CONFIG["figures"]["gene"],
    script:
        "../../workflow_scripts/deepexpression/figures/tabulate_gene_loops.py"


rule tabulate_expression_layers:
    input:
        code=code("deepexpression/figures/tabulate_expression_layers.py"),
        networks=[
            f"{DE}/models/{DE_SHOWN}/{DE_TASKS[0]}.{DE_MAIN}.{model}.seed{DE_SEEDS[0]}"
            for model in DE_DRAWN
        ],
    output:
        table=f"{DE}/tables/layers.tsv",
    log:
        f"{LOGS}/deepexpression/tabulate_expression_layers.log",
    benchmark:
        f"{BENCH}/deepexpression/tabulate_expression_layers.tsv"
    conda:
        "../../envs/train.yaml"
    threads: 1
    resources:
        mem_mb=mem_per_attempt(2000),
        runtime=10,
    params:
        names=DE_DRAWN,
    script:
        "../../workflow_scripts/deepexpression/figures/tabulate_expression_layers.py"


rule evaluate_deepexpression:
    input:
        code=code("deepexpression/evaluation/evaluate_deepexpression.py"),
        folds=f"{DE}/tables/folds.tsv",
        cross=f"{DE}/tables/cross.tsv",
        tests=f"{DE}/tables/tests.tsv",
        summary=f"{DE}/tables/summary.tsv",
        layers=f"{DE}/tables/layers.tsv",
        scores=DE_SCORES,
    output:
        metrics=PAPERS["deepexpression"].metrics,
    log:
        f"{LOGS}/deepexpression/evaluate_deepexpression.log",
    benchmark:
        f"{BENCH}/deepexpression/evaluate_deepexpression.tsv"
    conda:
        "../../envs/train.yaml"
    threads: 1
    resources:
        mem_mb=mem_per_attempt(2000),
        runtime=20,
    params:
        cell=DE_SHOWN,
        split=DE_MAIN,
    script:
        "../../workflow_scripts/deepexpression/evaluation/evaluate_deepexpression.py"
