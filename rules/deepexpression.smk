"""DeepExpression (Zeng 2018): promoter sequence and HiChIP loops to gene expression."""

from workflow_scripts.deepexpression.config.plan import plan_cells as plan_expression_cells

DE = f"{RESULTS}/deepexpression"
DE_CONFIG = config["deepexpression"]
DE_CELLS = {}

if "deepexpression" in config["papers"]:
    try:
        for key in ("fasta", "tss"):
            if DE_CONFIG["promoters"][key]:
                where = f"{CONFIG_FILE}: deepexpression.promoters.{key}"
                DE_CONFIG["promoters"][key] = locate(DE_CONFIG["promoters"][key], where)
                check_file(DE_CONFIG["promoters"][key], where, GENERATED_DIRS)
        DE_CELLS = plan_expression_cells(
            SAMPLES,
            DE_CONFIG,
            config["assemblies"],
            config["loops"]["resolution"],
            f"{CONFIG_FILE}: deepexpression",
        )
    except UserError as error:
        fail(error)

DE_TASKS = DE_CONFIG["tasks"]
DE_SPLITS = DE_CONFIG["splits"]
# cells that have loops, and so the full model
DE_HICHIP = [cell for cell, plan in DE_CELLS.items() if plan.hichip]
# the genome that all cells share; none where promoters come from a FASTA
DE_ASSEMBLY = next((plan.assembly for plan in DE_CELLS.values()), "")
DE_GENOME = f"{RESULTS}/genome/{DE_ASSEMBLY or 'none'}"
DE_SEEDS = DE_CONFIG["seeds"]
# tables with the columns of metrics.tsv that go into it; like the figures, added to by the files
# included below
DE_SCORES = []
PAPERS["deepexpression"] = SimpleNamespace(
    title="DeepExpression",
    metrics=f"{DE}/metrics.tsv",
    targets=[],
    published=workflow_path("resources/published/deepexpression.tsv"),
)


rule deepexpression:
    input:
        # a function, since the files included below add their figures
        lambda wildcards: targets_of("deepexpression"),


rule build_deepexpression:
    input:
        code=code("deepexpression/data/build_deepexpression.py"),
        expression=[f"{RESULTS}/expression/{cell}.tsv" for cell in DE_CELLS],
        loops=[f"{RESULTS}/loops/cells/{cell}.tsv.gz" for cell in DE_HICHIP],
        fasta=DE_CONFIG["promoters"]["fasta"] or f"{DE_GENOME}/genome.fa",
        index=([] if DE_CONFIG["promoters"]["fasta"] else f"{DE_GENOME}/genome.fa.fai"),
        genes=DE_CONFIG["promoters"]["tss"]
        or ([] if DE_CONFIG["promoters"]["fasta"] else f"{DE_GENOME}/genes.tsv"),
        sizes=f"{DE_GENOME}/chrom.sizes" if DE_ASSEMBLY else [],
    output:
        data=[f"{DE}/data/{cell}.npz" for cell in DE_CELLS] or [f"{DE}/data/none.npz"],
        summary=f"{DE}/data/summary.tsv",
    log:
        f"{LOGS}/deepexpression/build_deepexpression.log",
    benchmark:
        f"{BENCH}/deepexpression/build_deepexpression.tsv"
    conda:
        "../envs/contacts.yaml"
    threads: 1
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=60,
    params:
        cells=list(DE_CELLS),
        with_loops=DE_HICHIP,
        half_width=DE_CONFIG["promoters"]["half_width"],
        hichip=DE_CONFIG["hichip"],
        resolution=config["loops"]["resolution"],
        expression=DE_CONFIG["expression"],
        cut=not DE_CONFIG["promoters"]["fasta"],
    script:
        "../workflow_scripts/deepexpression/data/build_deepexpression.py"


rule assign_folds:
    input:
        code=code("deepexpression/data/assign_folds.py"),
        # any cell's: their genes are the same
        dataset=[f"{DE}/data/{cell}.npz" for cell in list(DE_CELLS)[:1]],
    output:
        folds=f"{DE}/folds/{{split}}.tsv.gz",
    log:
        f"{LOGS}/deepexpression/assign_folds/{{split}}.log",
    benchmark:
        f"{BENCH}/deepexpression/assign_folds/{{split}}.tsv"
    wildcard_constraints:
        split=one_of(DE_SPLITS),
    conda:
        "../envs/train.yaml"
    threads: 1
    resources:
        mem_mb=mem_per_attempt(2000),
        runtime=10,
    params:
        seed=config["seed"],
    script:
        "../workflow_scripts/deepexpression/data/assign_folds.py"


include: "deepexpression/baselines.smk"
include: "deepexpression/networks.smk"


# cells and tasks with a network on permuted expression, of the first seed
DE_MOTIF_SHUFFLED = [
    (cell, task)
    for cell, models in DE_CELL_MODELS.items()
    for task in DE_TASKS
    if DE_SEEDS[0] in models.get("seq_shuffled", [])
]


include: "deepexpression/motifs.smk"
include: "deepexpression/enhancers.smk"
include: "deepexpression/scores.smk"
include: "deepexpression/figures.smk"
