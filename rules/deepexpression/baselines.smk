"""DeepExpression: baselines on gapped k-mers and HiChIP bins."""


rule fit_deepexpression_baselines:
    input:
        code=code("deepexpression/baselines/fit_baselines.py"),
        datasets=[f"{DE}/data/{cell}.npz" for cell in DE_CELLS],
        folds=f"{DE}/folds/{{scheme}}.tsv.gz",
    output:
        predictions=DE_BASELINES["linear"].predictions(DE),
        cross=DE_BASELINES["linear"].cross(DE),
        fits=f"{DE}/baselines/{{scheme}}.linear.tsv",
    log:
        f"{LOGS}/deepexpression/fit_deepexpression_baselines/{{scheme}}.log",
    benchmark:
        f"{BENCH}/deepexpression/fit_deepexpression_baselines/{{scheme}}.tsv"
    wildcard_constraints:
        scheme=one_of(DE_SCHEMES),
    conda:
        "../../envs/train.yaml"
    threads: DE_CONFIG["baselines"]["threads"]
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=2880,
    params:
        input_keys=dict(datasets=list(DE_CELLS)),
        models=DE_BASELINES["linear"].models,
        crossed=DE_BASELINES["linear"].crossed,
        grid=DE_GRID,
        kmer={
            "length": DE_CONFIG["baselines"]["kmer_length"],
            "informative": DE_CONFIG["baselines"]["informative_bases"],
        },
        seed=config["seed"],
        # not an output: Snakemake removes the outputs of a killed job, and resuming needs this
        checkpoints=f"{DE}/checkpoints/baselines.{{scheme}}.linear",
    script:
        "../../workflow_scripts/deepexpression/baselines/fit_baselines.py"


use rule fit_deepexpression_baselines as fit_deepexpression_forest_baselines with:
    output:
        predictions=DE_BASELINES["forest"].predictions(DE),
        cross=DE_BASELINES["forest"].cross(DE),
        fits=f"{DE}/baselines/{{scheme}}.forest.tsv",
    log:
        f"{LOGS}/deepexpression/fit_deepexpression_forest_baselines/{{scheme}}.log",
    benchmark:
        f"{BENCH}/deepexpression/fit_deepexpression_forest_baselines/{{scheme}}.tsv"
    params:
        models=DE_BASELINES["forest"].models,
        crossed=DE_BASELINES["forest"].crossed,
        checkpoints=f"{DE}/checkpoints/baselines.{{scheme}}.forest",


use rule fit_deepexpression_baselines as fit_deepexpression_simple_baselines with:
    output:
        predictions=DE_BASELINES["simple"].predictions(DE),
        cross=DE_BASELINES["simple"].cross(DE),
        fits=f"{DE}/baselines/{{scheme}}.simple.tsv",
    log:
        f"{LOGS}/deepexpression/fit_deepexpression_simple_baselines/{{scheme}}.log",
    benchmark:
        f"{BENCH}/deepexpression/fit_deepexpression_simple_baselines/{{scheme}}.tsv"
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=60,
    params:
        models=DE_BASELINES["simple"].models,
        crossed=DE_BASELINES["simple"].crossed,
        checkpoints=f"{DE}/checkpoints/baselines.{{scheme}}.simple",
