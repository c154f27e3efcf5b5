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
    threads: 1
    resources:
        mem_mb=growing(6000),
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


rule plot_contacts:
    input:
        code=code("contacts/plot_contacts.py"),
        quality=f"{CONTACTS}/quality.tsv",
    output:
        svg=report(
            f"{RESULTS}/reads/figures/contacts.svg",
            caption="../resources/captions/reads_contacts.rst",
            category="Reads",
            labels={"item": "Contacts", "what": "pairs by fate", "form": "figure"},
        ),
        png=f"{RESULTS}/reads/figures/contacts.png",
        tsv=report(
            f"{RESULTS}/reads/figures/contacts.tsv",
            caption="../resources/captions/reads_contacts.rst",
            category="Reads",
            labels={"item": "Contacts", "what": "pairs by fate", "form": "table"},
        ),
    log:
        f"{LOGS}/contacts/plot_contacts.log",
    benchmark:
        f"{BENCH}/contacts/plot_contacts.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=10,
    script:
        "../workflow_scripts/contacts/plot_contacts.py"


rule plot_scaling:
    input:
        code=code("contacts/plot_scaling.py"),
        scaling=f"{CONTACTS}/scaling.tsv",
        quality=f"{CONTACTS}/quality.tsv",
    output:
        svg=report(
            f"{RESULTS}/reads/figures/scaling.svg",
            caption="../resources/captions/reads_scaling.rst",
            category="Reads",
            labels={"item": "P(s)", "what": "contacts by distance", "form": "figure"},
        ),
        png=f"{RESULTS}/reads/figures/scaling.png",
        tsv=report(
            f"{RESULTS}/reads/figures/scaling.tsv",
            caption="../resources/captions/reads_scaling.rst",
            category="Reads",
            labels={"item": "P(s)", "what": "contacts by distance", "form": "table"},
        ),
    log:
        f"{LOGS}/contacts/plot_scaling.log",
    benchmark:
        f"{BENCH}/contacts/plot_scaling.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=10,
    script:
        "../workflow_scripts/contacts/plot_scaling.py"
