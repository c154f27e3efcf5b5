"""Files named by URL in the dataset sheet."""

DATASET_LOCKS = [locate(config["download"]["lock"], CONFIG_FILE), f"{DOWNLOADS}/downloads.lock.tsv"]


rule download_dataset:
    # No `retries:`: the script itself retries and resumes. Downloads are kept in the store, so that
    # a rerun does not download again. A file does not depend on the code that downloaded it, nor on
    # the retry policy: hence `ancient`, and no params for retries.
    input:
        code=ancient(code("download/download_dataset.py")),
    output:
        file=f"{DOWNLOADS}/{{dataset}}/{{file}}",
    log:
        f"{LOGS}/download_dataset/{{dataset}}.{{file}}.log",
    benchmark:
        f"{BENCH}/download_dataset/{{dataset}}.{{file}}.tsv"
    wildcard_constraints:
        dataset="|".join(map(re.escape, DATASETS.index)),
        file="[^/]+",
    localrule: True
    conda:
        "../envs/download.yaml"
    resources:
        mem_mb=mem_per_attempt(500),
        runtime=720,
        download=1,
    params:
        dataset=lambda w: w.dataset,
        url=lambda w: DATASETS.url[w.dataset],
        mirror=lambda w: DATASETS.mirror[w.dataset],
        size=lambda w: DATASETS["bytes"][w.dataset],
        md5=lambda w: DATASETS.md5[w.dataset],
        sha256=lambda w: DATASETS.sha256[w.dataset],
        store=lambda w: f"{DOWNLOADS}/.store/{w.dataset}",
        locks=DATASET_LOCKS,
    script:
        "../workflow_scripts/download/download_dataset.py"


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


REAL = f"{DOWNLOADS}/real"
# settings of a row, NAME=VALUE
REAL_SETTINGS = {
    row.path: dict(word.split("=", 1) for word in row.settings.split())
    for row in REAL_FILES.itertuples()
}


rule place_real_file:
    input:
        code=code("download/place_real_file.py"),
        file=lambda w: dataset_path(REAL_FILES.datasets[w.path]),
    output:
        file=f"{REAL}/{{path}}",
    log:
        f"{LOGS}/place_real_file/{{path}}.log",
    benchmark:
        f"{BENCH}/place_real_file/{{path}}.tsv"
    wildcard_constraints:
        path=one_of(REAL_FILES.path[REAL_FILES.conversion.isin(["copy", "compress"])]),
    localrule: True
    conda:
        "../envs/download.yaml"
    resources:
        mem_mb=mem_per_attempt(500),
        runtime=10,
    params:
        compress=lambda w: REAL_FILES.conversion[w.path] == "compress",
    script:
        "../workflow_scripts/download/place_real_file.py"


rule convert_dense_map:
    input:
        code=code("download/convert_dense_map.py"),
        file=lambda w: dataset_path(REAL_FILES.datasets[w.path]),
    output:
        map=f"{REAL}/{{path}}",
    log:
        f"{LOGS}/convert_dense_map/{{path}}.log",
    benchmark:
        f"{BENCH}/convert_dense_map/{{path}}.tsv"
    wildcard_constraints:
        path=one_of(REAL_FILES.path[REAL_FILES.conversion == "dense_map"]),
    conda:
        "../envs/contacts.yaml"
    resources:
        mem_mb=mem_per_attempt(2000),
        runtime=20,
    params:
        settings=lambda w: REAL_SETTINGS[w.path],
    script:
        "../workflow_scripts/download/convert_dense_map.py"


rule convert_hicexplorer_map:
    input:
        code=code("download/convert_hicexplorer_map.py"),
        file=lambda w: dataset_path(REAL_FILES.datasets[w.path]),
    output:
        map=f"{REAL}/{{path}}",
    log:
        f"{LOGS}/convert_hicexplorer_map/{{path}}.log",
    benchmark:
        f"{BENCH}/convert_hicexplorer_map/{{path}}.tsv"
    wildcard_constraints:
        path=one_of(REAL_FILES.path[REAL_FILES.conversion == "hicexplorer_map"]),
    conda:
        "../envs/contacts.yaml"
    resources:
        mem_mb=mem_per_attempt(2000),
        runtime=20,
    params:
        settings=lambda w: REAL_SETTINGS[w.path],
    script:
        "../workflow_scripts/download/convert_hicexplorer_map.py"


rule convert_bin_table:
    input:
        code=code("download/convert_bin_table.py"),
        file=lambda w: dataset_path(REAL_FILES.datasets[w.path]),
    output:
        table=f"{REAL}/{{path}}",
    log:
        f"{LOGS}/convert_bin_table/{{path}}.log",
    benchmark:
        f"{BENCH}/convert_bin_table/{{path}}.tsv"
    wildcard_constraints:
        path=one_of(REAL_FILES.path[REAL_FILES.conversion == "bin_table"]),
    conda:
        "../envs/contacts.yaml"
    resources:
        mem_mb=mem_per_attempt(1000),
        runtime=10,
    script:
        "../workflow_scripts/download/convert_bin_table.py"
