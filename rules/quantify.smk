"""Quantification of RNA reads, and the expression of genes in each cell."""

from workflow_scripts.quantify.plan import check_strands

RNA_CELLS = cells_with("RNA-seq")
QUANTIFY_PARAMS = {
    key: config["quantify"][key]
    for key in ("fragment_length", "fragment_sd", "strand", "min_pseudoaligned")
}
STAGE_TARGETS.extend(f"{RESULTS}/expression/{cell}.tsv" for cell in RNA_CELLS)


try:
    for cell in RNA_CELLS:
        rna_samples(cell)
        expression_assembly(cell)
    check_strands(RUNS, config["runs"])
except UserError as error:
    fail(error)


rule extract_transcripts:
    input:
        code=code("quantify/extract_transcripts.py"),
        genome=f"{RESULTS}/genome/{{assembly}}/genome.fa",
        index=f"{RESULTS}/genome/{{assembly}}/genome.fa.fai",
        gtf=lambda w: config["assemblies"][w.assembly]["gtf"],
        transcripts=f"{RESULTS}/genome/{{assembly}}/transcripts.tsv",
        given=lambda w: config["assemblies"][w.assembly]["transcripts"] or [],
    output:
        fasta=f"{RESULTS}/genome/{{assembly}}/transcripts.fa",
    log:
        f"{LOGS}/extract_transcripts/{{assembly}}.log",
    benchmark:
        f"{BENCH}/extract_transcripts/{{assembly}}.tsv"
    conda:
        "../envs/signal.yaml"
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=60,
    params:
        prefix=lambda w: config["assemblies"][w.assembly]["gtf_chrom_prefix"],
        strip_versions=lambda w: config["assemblies"][w.assembly]["strip_versions"],
    script:
        "../workflow_scripts/quantify/extract_transcripts.py"


rule index_transcripts:
    input:
        code=code("quantify/index_transcripts.py"),
        fasta=f"{RESULTS}/genome/{{assembly}}/transcripts.fa",
    output:
        index=f"{RESULTS}/index/{{assembly}}/kallisto.idx",
    log:
        f"{LOGS}/index_transcripts/{{assembly}}.log",
    benchmark:
        f"{BENCH}/index_transcripts/{{assembly}}.tsv"
    conda:
        "../envs/quantify.yaml"
    resources:
        mem_mb=mem_per_attempt(6000),
        runtime=60,
    script:
        "../workflow_scripts/quantify/index_transcripts.py"


rule quantify_reads:
    input:
        code=code("quantify/quantify_reads.py"),
        index=lambda w: f"{RESULTS}/index/{assembly_of(w.sample)}/kallisto.idx",
        checked=lambda w: expand(f"{RESULTS}/reads/{{run}}.tsv", run=runs_of(w.sample).run),
        reads=lambda w: list(runs_of(w.sample).file),
        mates=lambda w: [file for file in runs_of(w.sample).file2 if file],
    output:
        abundance=f"{RESULTS}/quantify/{{sample}}/abundance.tsv",
        info=f"{RESULTS}/quantify/{{sample}}/run_info.json",
    log:
        f"{LOGS}/quantify_reads/{{sample}}.log",
    benchmark:
        f"{BENCH}/quantify_reads/{{sample}}.tsv"
    wildcard_constraints:
        sample=one_of(FASTQ_SAMPLES),
    conda:
        "../envs/quantify.yaml"
    threads: config["quantify"]["threads"]
    resources:
        mem_mb=mem_per_attempt(6000),
        runtime=240,
    params:
        **QUANTIFY_PARAMS,
    script:
        "../workflow_scripts/quantify/quantify_reads.py"


rule quantify_alignments:
    input:
        code=code("quantify/quantify_alignments.py"),
        files=lambda w: list(runs_of(w.sample).file),
        transcripts=lambda w: f"{RESULTS}/genome/{assembly_of(w.sample)}/transcripts.tsv",
        fasta=lambda w: f"{RESULTS}/genome/{assembly_of(w.sample)}/transcripts.fa",
    output:
        abundance=f"{RESULTS}/quantify/{{sample}}/abundance.tsv",
        info=f"{RESULTS}/quantify/{{sample}}/run_info.json",
    log:
        f"{LOGS}/quantify_alignments/{{sample}}.log",
    benchmark:
        f"{BENCH}/quantify_alignments/{{sample}}.tsv"
    wildcard_constraints:
        sample=one_of(s for s in samples_with(kinds=["bam"]) if s not in BAM_SAMPLES),
    conda:
        "../envs/signal.yaml"
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=240,
    params:
        **QUANTIFY_PARAMS,
    script:
        "../workflow_scripts/quantify/quantify_alignments.py"


rule make_gene_expression:
    input:
        code=code("quantify/make_gene_expression.py"),
        tables=lambda w: expression_tables(w.cell),
        transcripts=lambda w: expression_genes(w.cell),
        genes=lambda w: [
            f"{RESULTS}/genome/{name}/genes.tsv" for name in [expression_assembly(w.cell)] if name
        ],
    output:
        table=f"{RESULTS}/expression/{{cell}}.tsv",
    log:
        f"{LOGS}/make_gene_expression/{{cell}}.log",
    benchmark:
        f"{BENCH}/make_gene_expression/{{cell}}.tsv"
    wildcard_constraints:
        cell=one_of(RNA_CELLS),
    conda:
        "../envs/quantify.yaml"
    resources:
        mem_mb=mem_per_attempt(2000),
        runtime=20,
    params:
        kind=lambda w: kind_of(rna_samples(w.cell)[0]),
        samples=lambda w: rna_samples(w.cell),
        columns=lambda w: expression_columns(w.cell),
        value=config["quantify"]["value"],
        biotypes=config["genes"]["biotypes"],
    script:
        "../workflow_scripts/quantify/make_gene_expression.py"
