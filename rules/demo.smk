"""The demo: a simulated organism, its true contact maps, and the reads of its samples."""

from workflow_scripts.demo.samples import world_samples

WORLD = PLACES["world"]
TRUTH = """isochores domains genes transcripts promoter_sites enhancers enhancer_sites insulators
loops repeats activity expression isoforms roles""".split()

try:
    WORLD_SAMPLES = world_samples(SAMPLES, RUNS, WORLD, config.get("demo"))
except UserError as error:
    fail(error)

# demo maps are compared with the planted contacts
if WORLD_SAMPLES["Hi-C"]:
    STAGE_TARGETS.append(f"{RESULTS}/contacts/demo_truth.tsv")
if WORLD_SAMPLES["HiChIP"]:
    STAGE_TARGETS.append(f"{RESULTS}/loops/demo_truth.tsv")


rule simulate_world:
    input:
        code=code("demo/simulate_world.py"),
    output:
        genome=f"{WORLD}/genome.fa.gz",
        annotation=f"{WORLD}/genes.gtf.gz",
        truth=expand(f"{WORLD}/truth/{{table}}.tsv", table=TRUTH),
    log:
        f"{LOGS}/simulate_world.log",
    benchmark:
        f"{BENCH}/simulate_world.tsv"
    conda:
        "../envs/demo.yaml"
    resources:
        mem_mb=mem_per_attempt(2000),
        runtime=30,
    params:
        settings=lambda w: demo_settings(
            "chromosomes", "cells", "genes", "enhancers", "genome", "domains", "expression"
        ),
        seed=config["seed"],
    script:
        "../workflow_scripts/demo/simulate_world.py"


rule simulate_contacts:
    input:
        code=code("demo/simulate_contacts.py"),
        genome=f"{WORLD}/genome.fa.gz",
        truth=rules.simulate_world.output.truth,
    output:
        cool=f"{WORLD}/truth/contacts.{{cell}}.cool",
    log:
        f"{LOGS}/simulate_contacts/{{cell}}.log",
    benchmark:
        f"{BENCH}/simulate_contacts/{{cell}}.tsv"
    conda:
        "../envs/demo.yaml"
    resources:
        mem_mb=mem_per_attempt(2000),
        runtime=30,
    params:
        settings=lambda w: config["demo"]["contacts"],
    script:
        "../workflow_scripts/demo/simulate_contacts.py"


rule simulate_chip:
    # all samples in one job: start-up and reading the world take as long as simulating the reads
    input:
        code=code("demo/simulate_chip.py"),
        genome=f"{WORLD}/genome.fa.gz",
        truth=rules.simulate_world.output.truth,
    output:
        fastq=expand(f"{WORLD}/fastq/{{sample}}.fastq.gz", sample=WORLD_SAMPLES["ChIP-seq"]),
        truth=expand(f"{WORLD}/truth/reads/{{sample}}.tsv", sample=WORLD_SAMPLES["ChIP-seq"]),
    log:
        f"{LOGS}/simulate_chip.log",
    benchmark:
        f"{BENCH}/simulate_chip.tsv"
    conda:
        "../envs/demo.yaml"
    resources:
        mem_mb=mem_per_attempt(2000),
        runtime=60,
    params:
        samples=SAMPLES.loc[WORLD_SAMPLES["ChIP-seq"], ["sample", "cell", "target"]].to_dict(
            "records"
        ),
        settings=lambda w: demo_settings("chip_reads", "read_length", "signal", "reads"),
        seed=config["seed"],
    script:
        "../workflow_scripts/demo/simulate_chip.py"


rule simulate_hic:
    input:
        code=code("demo/simulate_hic.py"),
        genome=f"{WORLD}/genome.fa.gz",
        truth=rules.simulate_world.output.truth,
    output:
        fastq1=f"{WORLD}/fastq/{{sample}}_1.fastq.gz",
        fastq2=f"{WORLD}/fastq/{{sample}}_2.fastq.gz",
        truth=f"{WORLD}/truth/reads/{{sample}}.tsv",
    log:
        f"{LOGS}/simulate_hic/{{sample}}.log",
    benchmark:
        f"{BENCH}/simulate_hic/{{sample}}.tsv"
    wildcard_constraints:
        sample="|".join(map(re.escape, WORLD_SAMPLES["Hi-C"])) or "(?!)",
    # first job of the longest path to a figure
    priority: 10
    conda:
        "../envs/demo.yaml"
    resources:
        mem_mb=mem_per_attempt(3000),
        runtime=60,
    params:
        cell=lambda w: SAMPLES.cell[w.sample],
        settings=lambda w: demo_settings("hic", "contacts", "reads"),
        seed=config["seed"],
    script:
        "../workflow_scripts/demo/simulate_hic.py"


rule simulate_hichip:
    input:
        code=code("demo/simulate_hichip.py"),
        genome=f"{WORLD}/genome.fa.gz",
        truth=rules.simulate_world.output.truth,
    output:
        fastq1=f"{WORLD}/fastq/{{sample}}_1.fastq.gz",
        fastq2=f"{WORLD}/fastq/{{sample}}_2.fastq.gz",
        truth=f"{WORLD}/truth/reads/{{sample}}.tsv",
    log:
        f"{LOGS}/simulate_hichip/{{sample}}.log",
    benchmark:
        f"{BENCH}/simulate_hichip/{{sample}}.tsv"
    wildcard_constraints:
        sample="|".join(map(re.escape, WORLD_SAMPLES["HiChIP"])) or "(?!)",
    conda:
        "../envs/demo.yaml"
    resources:
        mem_mb=mem_per_attempt(3000),
        runtime=60,
    params:
        cell=lambda w: SAMPLES.cell[w.sample],
        target=lambda w: SAMPLES.target[w.sample],
        settings=lambda w: demo_settings("hichip", "hic", "contacts", "signal", "reads"),
        seed=config["seed"],
    script:
        "../workflow_scripts/demo/simulate_hichip.py"


rule simulate_rna:
    # as simulate_chip
    input:
        code=code("demo/simulate_rna.py"),
        genome=f"{WORLD}/genome.fa.gz",
        truth=rules.simulate_world.output.truth,
    output:
        fastq1=expand(f"{WORLD}/fastq/{{sample}}_1.fastq.gz", sample=WORLD_SAMPLES["RNA-seq"]),
        fastq2=expand(f"{WORLD}/fastq/{{sample}}_2.fastq.gz", sample=WORLD_SAMPLES["RNA-seq"]),
        truth=expand(f"{WORLD}/truth/reads/{{sample}}.tsv", sample=WORLD_SAMPLES["RNA-seq"]),
    log:
        f"{LOGS}/simulate_rna.log",
    benchmark:
        f"{BENCH}/simulate_rna.tsv"
    conda:
        "../envs/demo.yaml"
    resources:
        mem_mb=mem_per_attempt(2000),
        runtime=60,
    params:
        samples=SAMPLES.loc[WORLD_SAMPLES["RNA-seq"], ["sample", "cell"]].to_dict("records"),
        settings=lambda w: demo_settings("rna_fragments", "rna_read_length", "expression", "reads"),
        seed=config["seed"],
    script:
        "../workflow_scripts/demo/simulate_rna.py"


rule check_demo_map:
    input:
        code=code("demo/check_demo_map.py"),
        maps=expand(f"{RESULTS}/contacts/{{sample}}.mcool", sample=WORLD_SAMPLES["Hi-C"]),
        truth=[f"{WORLD}/truth/contacts.{SAMPLES.cell[s]}.cool" for s in WORLD_SAMPLES["Hi-C"]],
    output:
        table=f"{RESULTS}/contacts/demo_truth.tsv",
    log:
        f"{LOGS}/check_demo_map.log",
    benchmark:
        f"{BENCH}/check_demo_map.tsv"
    conda:
        "../envs/demo.yaml"
    resources:
        mem_mb=mem_per_attempt(1000),
        runtime=20,
    params:
        samples=WORLD_SAMPLES["Hi-C"],
        resolutions=config["contacts"]["resolutions"],
    script:
        "../workflow_scripts/demo/check_demo_map.py"


rule check_demo_loops:
    input:
        code=code("demo/check_demo_loops.py"),
        calls=expand(f"{RESULTS}/loops/{{sample}}.tsv.gz", sample=WORLD_SAMPLES["HiChIP"]),
        loops=f"{WORLD}/truth/loops.tsv",
    output:
        table=f"{RESULTS}/loops/demo_truth.tsv",
    log:
        f"{LOGS}/check_demo_loops.log",
    benchmark:
        f"{BENCH}/check_demo_loops.tsv"
    conda:
        "../envs/train.yaml"
    resources:
        mem_mb=mem_per_attempt(1000),
        runtime=20,
    params:
        samples=WORLD_SAMPLES["HiChIP"],
        cells=[SAMPLES.cell[s] for s in WORLD_SAMPLES["HiChIP"]],
        resolution=lambda w: config["loops"]["resolution"],
        cutoff=lambda w: config["loops"]["cutoff"],
    script:
        "../workflow_scripts/demo/check_demo_loops.py"
