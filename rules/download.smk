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


include: "sra.smk"
include: "real_data.smk"
