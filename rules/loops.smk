"""HiChIP: loops of each sample and cell, from valid pairs (contacts.smk) or loop tables."""

from workflow_scripts.loops.plan import check_loops, replicates_by_cell

LOOPS = f"{RESULTS}/loops"
LP_CONFIG = config["loops"]
LOOP_CELLS = replicates_by_cell(SAMPLES.loc[LOOP_SAMPLES])

if LOOP_SAMPLES:
    try:
        check_loops(
            SAMPLES.loc[LOOP_SAMPLES],
            RUNS[RUNS["sample"].isin(LOOP_SAMPLES)],
            LP_CONFIG,
            {"config": CONFIG_FILE, "samples": config["samples"], "runs": config["runs"]},
        )
    except UserError as error:
        fail(error)
    STAGE_TARGETS += [
        f"{LOOPS}/quality.tsv",
        f"{LOOPS}/reproducibility.tsv",
        *expand(f"{LOOPS}/cells/{{cell}}.tsv.gz", cell=LOOP_CELLS),
    ]
for cell, samples in LOOP_CELLS.items():
    RUN_BROWSER_FILES.setdefault(assembly_of(samples[0]), []).append(f"{LOOPS}/cells/{cell}.bedpe")


rule count_loops:
    input:
        code=code("loops/count_loops.py"),
        pairs=f"{CONTACTS}/{{sample}}.pairs.gz",
        sizes=lambda w: f"{RESULTS}/genome/{assembly_of(w.sample)}/chrom.sizes",
    output:
        counts=f"{LOOPS}/counts/{{sample}}.tsv.gz",
        stats=f"{LOOPS}/counts/{{sample}}.stats.tsv",
    log:
        f"{LOGS}/count_loops/{{sample}}.log",
    benchmark:
        f"{BENCH}/count_loops/{{sample}}.tsv"
    wildcard_constraints:
        sample=one_of(LOOP_PAIR_SAMPLES),
    conda:
        "../envs/loops.yaml"
    resources:
        mem_mb=mem_per_attempt(8000),
        runtime=240,
    params:
        **{key: LP_CONFIG[key] for key in ("resolution", "min_distance", "max_distance", "exclude")},
        sample=lambda w: w.sample,
    script:
        "../workflow_scripts/loops/count_loops.py"


rule compile_origami:
    input:
        code=code("loops/compile_origami.py"),
    output:
        done=touch(f"{LOOPS}/sampler.ready"),
    log:
        f"{LOGS}/compile_origami.log",
    benchmark:
        f"{BENCH}/compile_origami.tsv"
    conda:
        "../envs/loops.yaml"
    resources:
        mem_mb=mem_per_attempt(2000),
        runtime=30,
    script:
        "../workflow_scripts/loops/compile_origami.py"


rule call_loops:
    input:
        code=code("loops/call_loops.py"),
        ready=rules.compile_origami.output.done,
        counts=f"{LOOPS}/counts/{{sample}}.tsv.gz",
    output:
        loops=f"{LOOPS}/{{sample}}.tsv.gz",
        diagnostics=f"{LOOPS}/{{sample}}.diagnostics.tsv",
    log:
        f"{LOGS}/call_loops/{{sample}}.log",
    benchmark:
        f"{BENCH}/call_loops/{{sample}}.tsv"
    wildcard_constraints:
        sample=one_of(LOOP_PAIR_SAMPLES),
    conda:
        "../envs/loops.yaml"
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=240,
    params:
        sample=lambda w: w.sample,
        origami=LP_CONFIG["origami"],
        cutoff=LP_CONFIG["cutoff"],
        seed=config["seed"],
    script:
        "../workflow_scripts/loops/call_loops.py"


rule import_loops:
    input:
        code=code("loops/import_loops.py"),
        table=lambda w: runs_of(w.sample).file.iloc[0],
        sizes=lambda w: f"{RESULTS}/genome/{assembly_of(w.sample)}/chrom.sizes",
    output:
        loops=f"{LOOPS}/{{sample}}.tsv.gz",
    log:
        f"{LOGS}/import_loops/{{sample}}.log",
    benchmark:
        f"{BENCH}/import_loops/{{sample}}.tsv"
    wildcard_constraints:
        sample=one_of(s for s in LOOP_SAMPLES if s not in LOOP_PAIR_SAMPLES),
    conda:
        "../envs/loops.yaml"
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=30,
    params:
        sample=lambda w: w.sample,
        resolution=LP_CONFIG["resolution"],
    script:
        "../workflow_scripts/loops/import_loops.py"


rule tabulate_loops:
    input:
        code=code("loops/tabulate_loops.py"),
        loops=expand(f"{LOOPS}/{{sample}}.tsv.gz", sample=LOOP_SAMPLES),
        stats=expand(f"{CONTACTS}/{{sample}}.stats.tsv", sample=LOOP_PAIR_SAMPLES),
        counts=expand(f"{LOOPS}/counts/{{sample}}.stats.tsv", sample=LOOP_PAIR_SAMPLES),
        runs=expand(
            f"{CONTACTS}/runs/{{run}}.tsv", run=RUNS.index[RUNS["sample"].isin(LOOP_PAIR_SAMPLES)]
        ),
    output:
        quality=f"{LOOPS}/quality.tsv",
    log:
        f"{LOGS}/tabulate_loops.log",
    benchmark:
        f"{BENCH}/tabulate_loops.tsv"
    conda:
        "../envs/loops.yaml"
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=30,
    params:
        **{key: LP_CONFIG[key] for key in ("cutoff", "library_sizes")},
        samples=[
            {
                **SAMPLES.loc[sample, ["sample", "cell"]].to_dict(),
                "kind": kind_of(sample),
                "loops": f"{LOOPS}/{sample}.tsv.gz",
                "stats": f"{CONTACTS}/{sample}.stats.tsv" if sample in LOOP_PAIR_SAMPLES else "",
                "counts": f"{LOOPS}/counts/{sample}.stats.tsv",
                "runs": [f"{CONTACTS}/runs/{run}.tsv" for run in runs_of(sample).run],
            }
            for sample in LOOP_SAMPLES
        ],
    script:
        "../workflow_scripts/loops/tabulate_loops.py"


rule pool_loops:
    input:
        code=code("loops/pool_loops.py"),
        replicates=lambda w: expand(f"{LOOPS}/{{sample}}.tsv.gz", sample=LOOP_CELLS[w.cell]),
        quality=f"{LOOPS}/quality.tsv",
    output:
        loops=f"{LOOPS}/cells/{{cell}}.tsv.gz",
    log:
        f"{LOGS}/pool_loops/{{cell}}.log",
    benchmark:
        f"{BENCH}/pool_loops/{{cell}}.tsv"
    wildcard_constraints:
        cell=one_of(LOOP_CELLS),
    conda:
        "../envs/loops.yaml"
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=30,
    params:
        cell=lambda w: w.cell,
        samples=lambda w: LOOP_CELLS[w.cell],
        cutoff=LP_CONFIG["cutoff"],
        min_replicates=LP_CONFIG["min_replicates"],
    script:
        "../workflow_scripts/loops/pool_loops.py"


rule write_loops_bedpe:
    input:
        code=code("loops/write_loops_bedpe.py"),
        loops=f"{LOOPS}/cells/{{cell}}.tsv.gz",
    output:
        bedpe=f"{LOOPS}/cells/{{cell}}.bedpe",
    log:
        f"{LOGS}/write_loops_bedpe/{{cell}}.log",
    benchmark:
        f"{BENCH}/write_loops_bedpe/{{cell}}.tsv"
    wildcard_constraints:
        cell=one_of(LOOP_CELLS),
    conda:
        "../envs/signal.yaml"
    resources:
        mem_mb=mem_per_attempt(2000),
        runtime=20,
    script:
        "../workflow_scripts/loops/write_loops_bedpe.py"


rule compare_replicates:
    input:
        code=code("loops/compare_replicates.py"),
        loops=expand(f"{LOOPS}/{{sample}}.tsv.gz", sample=LOOP_SAMPLES),
    output:
        table=f"{LOOPS}/reproducibility.tsv",
    log:
        f"{LOGS}/compare_replicates.log",
    benchmark:
        f"{BENCH}/compare_replicates.tsv"
    conda:
        "../envs/loops.yaml"
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=30,
    params:
        cells=LOOP_CELLS,
        input_keys=dict(loops=LOOP_SAMPLES),
        cutoffs=LP_CONFIG["reproducibility_cutoffs"],
        seed=config["seed"],
    script:
        "../workflow_scripts/loops/compare_replicates.py"
