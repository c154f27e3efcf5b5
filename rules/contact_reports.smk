"""Hi-C and Micro-C: quality of the maps, and contacts by distance."""

CONTACT_GENOMES = list(dict.fromkeys(map(assembly_of, CONTACT_SAMPLES)))


rule tabulate_contacts:
    input:
        code=code("contacts/tabulate_contacts.py"),
        maps=expand(f"{CONTACTS}/{{sample}}.mcool", sample=CONTACT_SAMPLES),
        stats=expand(f"{CONTACTS}/{{sample}}.stats.tsv", sample=PAIR_SAMPLES),
        runs=expand(
            f"{CONTACTS}/runs/{{run}}.tsv",
            run=CONTACT_RUNS.index[CONTACT_RUNS.kind.isin(["fastq", "pairs"])],
        ),
        sizes=[f"{RESULTS}/genome/{name}/chrom.sizes" for name in CONTACT_GENOMES],
    output:
        quality=f"{CONTACTS}/quality.tsv",
        scaling=f"{CONTACTS}/scaling.tsv",
    log:
        f"{LOGS}/tabulate_contacts.log",
    benchmark:
        f"{BENCH}/tabulate_contacts.tsv"
    conda:
        "../envs/contacts.yaml"
    resources:
        mem_mb=mem_per_attempt(6000),
        runtime=240,
    params:
        samples=[
            {
                **SAMPLES.loc[sample, ["sample", "cell", "assay", "assembly"]].to_dict(),
                "kind": kind_of(sample),
                "map": f"{CONTACTS}/{sample}.mcool",
                "stats": f"{CONTACTS}/{sample}.stats.tsv" if sample in PAIR_SAMPLES else "",
                "runs": [f"{CONTACTS}/runs/{run}.tsv" for run in runs_of(sample).run],
            }
            for sample in CONTACT_SAMPLES
        ],
        resolution=CT_CONFIG["resolutions"][0],
        sizes={name: f"{RESULTS}/genome/{name}/chrom.sizes" for name in CONTACT_GENOMES},
    script:
        "../workflow_scripts/contacts/tabulate_contacts.py"
