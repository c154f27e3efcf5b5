"""DeepExpression's baselines: gapped k-mers and HiChIP bins to linear models and forests."""

from workflow_scripts.deepexpression.baselines.grids import grid_settings as expression_grid
from workflow_scripts.deepexpression.config.plan import FAMILIES as DE_FAMILIES, plan_baselines

DE_GRID = expression_grid(DE_CONFIG["baselines"])
DE_BASELINES = {
    family: plan_baselines(DE_CONFIG, DE_CELLS, models) for family, models in DE_FAMILIES.items()
}


rule fit_expression_baselines:
    input:
        code=code("deepexpression/baselines/fit_expression_baselines.py"),
        datasets=[f"{DE}/data/{cell}.npz" for cell in DE_CELLS],
        folds=f"{DE}/folds/{{split}}.tsv.gz",
    output:
        predictions=DE_BASELINES["linear"].predictions(DE),
        cross=DE_BASELINES["linear"].cross(DE),
        fits=f"{DE}/baselines/{{split}}.linear.tsv",
    log:
        f"{LOGS}/deepexpression/fit_expression_baselines/{{split}}.linear.log",
    benchmark:
        f"{BENCH}/deepexpression/fit_expression_baselines/{{split}}.linear.tsv"
    wildcard_constraints:
        split=one_of(DE_SPLITS),
    conda:
        "../../envs/train.yaml"
    threads: DE_CONFIG["baselines"]["threads"]
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=2880,
    params:
        cells=list(DE_CELLS),
        models=DE_BASELINES["linear"].models,
        crossed=DE_BASELINES["linear"].crossed,
        grid=DE_GRID,
        kmer={
            "length": DE_CONFIG["baselines"]["kmer"],
            "informative": DE_CONFIG["baselines"]["informative"],
        },
        seed=config["seed"],
        # not an output: Snakemake would remove it when a job is killed, and resuming needs it
        checkpoints=f"{DE}/checkpoints/baselines.{{split}}.linear",
    script:
        "../../workflow_scripts/deepexpression/baselines/fit_expression_baselines.py"


use rule fit_expression_baselines as fit_forest_baselines with:
    output:
        predictions=DE_BASELINES["forest"].predictions(DE),
        cross=DE_BASELINES["forest"].cross(DE),
        fits=f"{DE}/baselines/{{split}}.forest.tsv",
    log:
        f"{LOGS}/deepexpression/fit_forest_baselines/{{split}}.log",
    benchmark:
        f"{BENCH}/deepexpression/fit_forest_baselines/{{split}}.tsv"
    params:
        models=DE_BASELINES["forest"].models,
        crossed=DE_BASELINES["forest"].crossed,
        checkpoints=f"{DE}/checkpoints/baselines.{{split}}.forest",


use rule fit_expression_baselines as fit_simple_baselines with:
    output:
        predictions=DE_BASELINES["simple"].predictions(DE),
        cross=DE_BASELINES["simple"].cross(DE),
        fits=f"{DE}/baselines/{{split}}.simple.tsv",
    log:
        f"{LOGS}/deepexpression/fit_simple_baselines/{{split}}.log",
    benchmark:
        f"{BENCH}/deepexpression/fit_simple_baselines/{{split}}.tsv"
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=60,
    params:
        models=DE_BASELINES["simple"].models,
        crossed=DE_BASELINES["simple"].crossed,
        checkpoints=f"{DE}/checkpoints/baselines.{{split}}.simple",
