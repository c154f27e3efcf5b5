"""Genomes, their genes, and the alignment of DNA reads to them."""

# Hi-C and HiChIP reads are aligned in contacts.smk
FASTQ_SAMPLES = [s for s in samples_with(kinds=["fastq"]) if SAMPLES.assay[s] not in PAIR_ASSAYS]
# alignments of RNA reads are to transcripts
BAM_SAMPLES = [s for s in samples_with(kinds=["bam"]) if SAMPLES.assay[s] != "RNA-seq"]
# RNA reads are quantified on transcripts (quantify.smk), and aligned here only for the mapping rate
ALIGNED_SAMPLES = [
    s
    for s in FASTQ_SAMPLES + BAM_SAMPLES
    if config["align"]["rna"] or SAMPLES.assay[s] != "RNA-seq"
]
MAPPING_PARAMS = {key: config["align"][key] for key in ("min_mapq", "keep_duplicates")}

if ALIGNED_SAMPLES:
    STAGE_TARGETS.append(f"{RESULTS}/align/mapping.tsv")


rule prepare_genome:
    input:
        code=code("align/prepare_genome.py"),
        fasta=lambda w: config["assemblies"][w.assembly]["fasta"],
    output:
        fasta=f"{RESULTS}/genome/{{assembly}}/genome.fa",
        index=f"{RESULTS}/genome/{{assembly}}/genome.fa.fai",
        sizes=f"{RESULTS}/genome/{{assembly}}/chrom.sizes",
    log:
        f"{LOGS}/prepare_genome/{{assembly}}.log",
    benchmark:
        f"{BENCH}/prepare_genome/{{assembly}}.tsv"
    wildcard_constraints:
        assembly=one_of(name for name, a in config["assemblies"].items() if a["fasta"]),
    conda:
        "../envs/align.yaml"
    resources:
        mem_mb=mem_per_attempt(1000),
        runtime=60,
    script:
        "../workflow_scripts/align/prepare_genome.py"


rule list_chromosomes:
    # for a genome without sequence
    input:
        code=code("align/list_chromosomes.py"),
    output:
        sizes=f"{RESULTS}/genome/{{assembly}}/chrom.sizes",
        # the name by which genome browsers know the format
        named=f"{RESULTS}/genome/{{assembly}}/{{assembly}}.chrom.sizes",
    log:
        f"{LOGS}/list_chromosomes/{{assembly}}.log",
    benchmark:
        f"{BENCH}/list_chromosomes/{{assembly}}.tsv"
    wildcard_constraints:
        assembly=one_of(name for name, a in config["assemblies"].items() if not a["fasta"]),
    conda:
        "../envs/align.yaml"
    resources:
        mem_mb=mem_per_attempt(500),
        runtime=5,
    params:
        sizes=lambda w: config["assemblies"][w.assembly]["sizes"],
    script:
        "../workflow_scripts/align/list_chromosomes.py"


rule make_gene_table:
    input:
        code=code("align/make_gene_table.py"),
        gtf=lambda w: config["assemblies"][w.assembly]["gtf"],
        sizes=f"{RESULTS}/genome/{{assembly}}/chrom.sizes",
    output:
        genes=f"{RESULTS}/genome/{{assembly}}/genes.tsv",
        transcripts=f"{RESULTS}/genome/{{assembly}}/transcripts.tsv",
    log:
        f"{LOGS}/make_gene_table/{{assembly}}.log",
    benchmark:
        f"{BENCH}/make_gene_table/{{assembly}}.tsv"
    conda:
        "../envs/signal.yaml"
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=30,
    params:
        fasta=lambda w: config["assemblies"][w.assembly]["fasta"],
        assembly=lambda w: w.assembly,
        prefix=lambda w: config["assemblies"][w.assembly]["gtf_chrom_prefix"],
        strip_versions=lambda w: config["assemblies"][w.assembly]["strip_versions"],
    script:
        "../workflow_scripts/align/make_gene_table.py"


rule index_genome:
    input:
        code=code("align/index_genome.py"),
        fasta=f"{RESULTS}/genome/{{assembly}}/genome.fa",
    output:
        bowtie2_index("{assembly}"),
    log:
        f"{LOGS}/index_genome/{{assembly}}.log",
    benchmark:
        f"{BENCH}/index_genome/{{assembly}}.tsv"
    conda:
        "../envs/align.yaml"
    threads: config["align"]["threads"]
    resources:
        mem_mb=lambda w, input, attempt: attempt * (1000 + int(input.size_mb * 4)),
        runtime=240,
    script:
        "../workflow_scripts/align/index_genome.py"


rule check_reads:
    input:
        code=code("align/check_reads.py"),
        reads=lambda w: [f for f in (RUNS.file[w.run], RUNS.file2[w.run]) if f],
    output:
        table=f"{RESULTS}/reads/{{run}}.tsv",
    log:
        f"{LOGS}/check_reads/{{run}}.log",
    benchmark:
        f"{BENCH}/check_reads/{{run}}.tsv"
    wildcard_constraints:
        run=one_of(RUNS.index[RUNS.kind == "fastq"]),
    conda:
        "../envs/align.yaml"
    resources:
        mem_mb=mem_per_attempt(500),
        runtime=120,
    script:
        "../workflow_scripts/align/check_reads.py"


rule align_reads:
    # merges the runs: bowtie2 reads the lanes one after another
    input:
        code=code("align/align_reads.py"),
        index=lambda w: bowtie2_index(assembly_of(w.sample)),
        checked=lambda w: expand(f"{RESULTS}/reads/{{run}}.tsv", run=runs_of(w.sample).run),
        reads=lambda w: list(runs_of(w.sample).file),
        mates=lambda w: [file for file in runs_of(w.sample).file2 if file],
    output:
        bam=f"{RESULTS}/align/{{sample}}.bam",
        bai=f"{RESULTS}/align/{{sample}}.bam.bai",
        stats=f"{RESULTS}/align/{{sample}}.stats.tsv",
    log:
        f"{LOGS}/align_reads/{{sample}}.log",
    benchmark:
        f"{BENCH}/align_reads/{{sample}}.tsv"
    wildcard_constraints:
        sample=one_of(FASTQ_SAMPLES),
    conda:
        "../envs/align.yaml"
    threads: config["align"]["threads"]
    resources:
        # bowtie2's index of a human genome, and 500 MB per thread for sorting
        mem_mb=lambda w, threads, attempt: attempt * (4500 + 500 * threads),
        runtime=720,
    params:
        **MAPPING_PARAMS,
        assembly=lambda w: assembly_of(w.sample),
        preset=config["align"]["preset"],
        max_fragment=config["align"]["max_fragment"],
        min_mapping_rate=config["align"]["min_mapping_rate"],
    script:
        "../workflow_scripts/align/align_reads.py"


rule import_bam:
    input:
        code=code("align/import_bam.py"),
        sizes=lambda w: f"{RESULTS}/genome/{assembly_of(w.sample)}/chrom.sizes",
        fasta=lambda w: f"{RESULTS}/genome/{assembly_of(w.sample)}/genome.fa",
        index=lambda w: f"{RESULTS}/genome/{assembly_of(w.sample)}/genome.fa.fai",
        bams=lambda w: list(runs_of(w.sample).file),
    output:
        bam=f"{RESULTS}/align/{{sample}}.bam",
        bai=f"{RESULTS}/align/{{sample}}.bam.bai",
        stats=f"{RESULTS}/align/{{sample}}.stats.tsv",
    log:
        f"{LOGS}/import_bam/{{sample}}.log",
    benchmark:
        f"{BENCH}/import_bam/{{sample}}.tsv"
    wildcard_constraints:
        sample=one_of(BAM_SAMPLES),
    conda:
        "../envs/align.yaml"
    threads: config["align"]["threads"]
    resources:
        mem_mb=lambda w, threads, attempt: attempt * (1500 + 500 * threads),
        runtime=240,
    params:
        **MAPPING_PARAMS,
        assembly=lambda w: assembly_of(w.sample),
        min_mapping_rate=config["align"]["min_mapping_rate"],
    script:
        "../workflow_scripts/align/import_bam.py"


rule tabulate_mapping:
    input:
        code=code("align/tabulate_mapping.py"),
        tables=expand(f"{RESULTS}/align/{{sample}}.stats.tsv", sample=ALIGNED_SAMPLES),
    output:
        table=f"{RESULTS}/align/mapping.tsv",
    log:
        f"{LOGS}/tabulate_mapping.log",
    benchmark:
        f"{BENCH}/tabulate_mapping.tsv"
    conda:
        "../envs/align.yaml"
    resources:
        mem_mb=mem_per_attempt(500),
        runtime=10,
    script:
        "../workflow_scripts/align/tabulate_mapping.py"
