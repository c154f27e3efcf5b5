"""Reads from the Sequence Read Archive, named as sra:ACCESSION in the sheets."""

SRA = f"{DOWNLOADS}/sra"


rule prefetch_sra:
    # as download_dataset: retries and resumes by itself, does not depend on its code
    input:
        code=ancient(code("download/prefetch_sra.py")),
    output:
        archive=temp(directory(f"{SRA}/archives/{{run}}")),
    log:
        f"{LOGS}/prefetch_sra/{{run}}.log",
    benchmark:
        f"{BENCH}/prefetch_sra/{{run}}.tsv"
    wildcard_constraints:
        run="[SED]RR[0-9]{6,9}",
    localrule: True
    conda:
        "../envs/sra.yaml"
    resources:
        mem_mb=mem_per_attempt(1000),
        runtime=1440,
        download=1,
    params:
        run=lambda w: w.run,
        store=f"{DOWNLOADS}/.store/sra",
    script:
        "../workflow_scripts/download/prefetch_sra.py"


rule dump_sra:
    input:
        code=ancient(code("download/dump_sra.py")),
        archive=f"{SRA}/archives/{{run}}",
    output:
        reads=[f"{SRA}/{{run}}.fastq.gz"],
    log:
        f"{LOGS}/dump_sra/{{run}}.log",
    benchmark:
        f"{BENCH}/dump_sra/{{run}}.tsv"
    wildcard_constraints:
        run="[SED]RR[0-9]{6,9}",
    conda:
        "../envs/sra.yaml"
    threads: 4
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=720,
    script:
        "../workflow_scripts/download/dump_sra.py"


use rule dump_sra as dump_sra_mates with:
    output:
        reads=[f"{SRA}/{{run}}_1.fastq.gz", f"{SRA}/{{run}}_2.fastq.gz"],
    log:
        f"{LOGS}/dump_sra_mates/{{run}}.log",
    benchmark:
        f"{BENCH}/dump_sra_mates/{{run}}.tsv"
