"""Small real data, downloaded if there is no folder of them, and converted if needed."""

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
