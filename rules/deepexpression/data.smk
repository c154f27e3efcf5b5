"""DeepExpression: datasets of all cells, and the folds of their genes."""


rule build_deepexpression:
    input:
        code=code("deepexpression/data/build_deepexpression.py"),
        expression_files=[f"{RESULTS}/expression/{cell}.tsv" for cell in DE_CELLS],
        loop_files=[f"{RESULTS}/loops/cells/{cell}.tsv.gz" for cell in DE_HICHIP],
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
        "../../envs/contacts.yaml"
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=60,
    params:
        **{key: DE_CONFIG["promoters"][key] for key in ("half_width", "family_similarity")},
        cells=list(DE_CELLS),
        with_loops=DE_HICHIP,
        hichip=DE_CONFIG["hichip"],
        resolution=config["loops"]["resolution"],
        expression=DE_CONFIG["expression"],
        shown_gene=DE_CONFIG["figures"]["gene"],
        from_genome=not DE_CONFIG["promoters"]["fasta"],
    script:
        "../../workflow_scripts/deepexpression/data/build_deepexpression.py"


rule assign_deepexpression_folds:
    input:
        code=code("deepexpression/data/assign_folds.py"),
        # all cells have the same genes
        dataset=[f"{DE}/data/{cell}.npz" for cell in list(DE_CELLS)[:1]],
    output:
        folds=f"{DE}/folds/{{scheme}}.tsv.gz",
    log:
        f"{LOGS}/deepexpression/assign_deepexpression_folds/{{scheme}}.log",
    benchmark:
        f"{BENCH}/deepexpression/assign_deepexpression_folds/{{scheme}}.tsv"
    wildcard_constraints:
        scheme=one_of(DE_SCHEMES),
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=mem_per_attempt(2000),
        runtime=10,
    params:
        seed=config["seed"],
    script:
        "../../workflow_scripts/deepexpression/data/assign_folds.py"
