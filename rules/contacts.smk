"""Hi-C and Micro-C: reads to pairs to balanced contact maps; HiChIP: reads to pairs."""

from workflow_scripts.contacts.plan import (
    check_beginnings,
    check_count_scales,
    check_matrices,
    check_resolutions,
    check_runs,
    replicates,
)

CONTACTS = f"{RESULTS}/contacts"
CT_CONFIG = config["contacts"]
CONTACT_SAMPLES = [s for assay in CONTACT_ASSAYS for s in samples_with(assay=assay)]
# samples with single pairs, and samples that enter as maps
PAIR_SAMPLES = [s for s in CONTACT_SAMPLES if kind_of(s) in ("fastq", "pairs", "hicpro")]
MAP_SAMPLES = [s for s in CONTACT_SAMPLES if s not in PAIR_SAMPLES]
CONTACT_RUNS = RUNS[RUNS["sample"].isin(CONTACT_SAMPLES)]
# HiChIP is processed up to valid pairs here, with the settings of loops.smk
LOOP_SAMPLES = samples_with(assay="HiChIP")
LOOP_PAIR_SAMPLES = [s for s in LOOP_SAMPLES if kind_of(s) != "loops"]
PAIR_RUNS = RUNS[RUNS["sample"].isin(PAIR_SAMPLES + LOOP_PAIR_SAMPLES)]
PAIR_RULES = {
    **dict.fromkeys(CONTACT_SAMPLES, {**CT_CONFIG["mapping"], **CT_CONFIG["pairs"]}),
    **dict.fromkeys(LOOP_SAMPLES, {**config["loops"]["mapping"], **config["loops"]}),
}
POOLED = {}
MAP_PARAMS = {key: CT_CONFIG[key] for key in ("resolutions", "balance")}

try:
    check_beginnings(RUNS, config["runs"])
    if CONTACT_SAMPLES:
        check_resolutions(CT_CONFIG, CONFIG_FILE)
        check_count_scales(CT_CONFIG, MAP_SAMPLES, CONFIG_FILE)
        check_runs(CONTACT_RUNS, config["runs"])
        check_matrices(
            CONTACT_RUNS,
            {s: PLACE_CHECKS.known_sizes(assembly_of(s)) for s in CONTACT_SAMPLES},
            config["runs"],
        )
        POOLED = replicates(SAMPLES.loc[CONTACT_SAMPLES], config["samples"])
except UserError as error:
    fail(error)
if CONTACT_SAMPLES:
    STAGE_TARGETS += [
        f"{CONTACTS}/quality.tsv",
        f"{CONTACTS}/scaling.tsv",
        *expand(f"{CONTACTS}/{{sample}}.mcool", sample=CONTACT_SAMPLES),
        *expand(f"{CONTACTS}/cells/{{cell}}.mcool", cell=POOLED),
    ]


rule align_contacts:
    # one job per lane: only a lane that is added later is aligned
    input:
        code=code("contacts/align_contacts.py"),
        index=lambda w: bowtie2_index(assembly_of(RUNS["sample"][w.run])),
        sizes=lambda w: f"{RESULTS}/genome/{assembly_of(RUNS['sample'][w.run])}/chrom.sizes",
        checked=f"{RESULTS}/reads/{{run}}.tsv",
        reads=lambda w: [RUNS.file[w.run], RUNS.file2[w.run]],
    output:
        pairs=f"{CONTACTS}/runs/{{run}}.pairs.gz",
        stats=f"{CONTACTS}/runs/{{run}}.tsv",
    log:
        f"{LOGS}/align_contacts/{{run}}.log",
    benchmark:
        f"{BENCH}/align_contacts/{{run}}.tsv"
    wildcard_constraints:
        run=one_of(PAIR_RUNS.index[PAIR_RUNS.kind == "fastq"]),
    # the longest job before training
    priority: 10
    conda:
        "../envs/contacts.yaml"
    threads: config["contacts"]["mapping"]["threads"]
    resources:
        # bowtie2's index of a human genome
        mem_mb=lambda w, threads, attempt: attempt * (5000 + 100 * threads),
        runtime=1440,
    params:
        enzyme=lambda w: PAIR_RULES[RUNS["sample"][w.run]]["enzyme"],
        preset=lambda w: PAIR_RULES[RUNS["sample"][w.run]]["preset"],
        min_length=lambda w: PAIR_RULES[RUNS["sample"][w.run]]["min_length"],
        min_mapq=lambda w: PAIR_RULES[RUNS["sample"][w.run]]["min_mapq"],
        run=lambda w: w.run,
        assembly=lambda w: assembly_of(RUNS["sample"][w.run]),
        # Micro-C has no ligation junction to trim
        mode=lambda w: (
            "local"
            if SAMPLES.assay[RUNS["sample"][w.run]] == "Micro-C"
            else PAIR_RULES[RUNS["sample"][w.run]]["mode"]
        ),
    script:
        "../workflow_scripts/contacts/align_contacts.py"


rule import_pairs:
    input:
        code=code("contacts/import_pairs.py"),
        file=lambda w: RUNS.file[w.run],
        sizes=lambda w: f"{RESULTS}/genome/{assembly_of(RUNS['sample'][w.run])}/chrom.sizes",
    output:
        pairs=f"{CONTACTS}/runs/{{run}}.pairs.gz",
        stats=f"{CONTACTS}/runs/{{run}}.tsv",
    log:
        f"{LOGS}/import_pairs/{{run}}.log",
    benchmark:
        f"{BENCH}/import_pairs/{{run}}.tsv"
    wildcard_constraints:
        run=one_of(PAIR_RUNS.index[PAIR_RUNS.kind != "fastq"]),
    conda:
        "../envs/contacts.yaml"
    resources:
        mem_mb=mem_per_attempt(3000),
        runtime=720,
    params:
        run=lambda w: w.run,
        kind=lambda w: RUNS.kind[w.run],
        assembly=lambda w: assembly_of(RUNS["sample"][w.run]),
    script:
        "../workflow_scripts/contacts/import_pairs.py"


rule merge_pairs:
    input:
        code=code("contacts/merge_pairs.py"),
        pairs=lambda w: expand(f"{CONTACTS}/runs/{{run}}.pairs.gz", run=runs_of(w.sample).run),
        tables=lambda w: expand(f"{CONTACTS}/runs/{{run}}.tsv", run=runs_of(w.sample).run),
    output:
        pairs=f"{CONTACTS}/{{sample}}.pairs.gz",
        stats=f"{CONTACTS}/{{sample}}.stats.tsv",
    log:
        f"{LOGS}/merge_pairs/{{sample}}.log",
    benchmark:
        f"{BENCH}/merge_pairs/{{sample}}.tsv"
    wildcard_constraints:
        sample=one_of(PAIR_SAMPLES + LOOP_PAIR_SAMPLES),
    conda:
        "../envs/contacts.yaml"
    threads: config["contacts"]["mapping"]["threads"]
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=720,
    params:
        sample=lambda w: w.sample,
        deduplicate=lambda w: (
            kind_of(w.sample) == "fastq" or PAIR_RULES[w.sample]["deduplicate_imported"]
        ),
        max_mismatch=lambda w: PAIR_RULES[w.sample]["max_mismatch"],
        assembly=lambda w: assembly_of(w.sample),
        min_mapping_rate=lambda w: PAIR_RULES[w.sample]["min_mapping_rate"],
    script:
        "../workflow_scripts/contacts/merge_pairs.py"


rule bin_pairs:
    input:
        code=code("contacts/bin_pairs.py"),
        blacklist=lambda w: blacklist_of(w.sample),
        pairs=f"{CONTACTS}/{{sample}}.pairs.gz",
        sizes=lambda w: f"{RESULTS}/genome/{assembly_of(w.sample)}/chrom.sizes",
    output:
        map=f"{CONTACTS}/{{sample}}.mcool",
    log:
        f"{LOGS}/bin_pairs/{{sample}}.log",
    benchmark:
        f"{BENCH}/bin_pairs/{{sample}}.tsv"
    wildcard_constraints:
        sample=one_of(PAIR_SAMPLES),
    conda:
        "../envs/contacts.yaml"
    threads: config["contacts"]["mapping"]["threads"]
    resources:
        mem_mb=mem_per_attempt(6000),
        runtime=720,
    params:
        **MAP_PARAMS,
        sample=lambda w: w.sample,
        assembly=lambda w: assembly_of(w.sample),
        min_distance=CT_CONFIG["pairs"]["min_distance"],
    script:
        "../workflow_scripts/contacts/bin_pairs.py"


rule import_map:
    input:
        code=code("contacts/import_map.py"),
        blacklist=lambda w: blacklist_of(w.sample),
        files=lambda w: list(runs_of(w.sample).file),
        # the second cell of a matrix is its chromosome, not a file
        bins=lambda w: list(runs_of(w.sample, "geo_contacts").file2),
        sizes=lambda w: f"{RESULTS}/genome/{assembly_of(w.sample)}/chrom.sizes",
    output:
        map=f"{CONTACTS}/{{sample}}.mcool",
    log:
        f"{LOGS}/import_map/{{sample}}.log",
    benchmark:
        f"{BENCH}/import_map/{{sample}}.tsv"
    wildcard_constraints:
        sample=one_of(MAP_SAMPLES),
    conda:
        "../envs/contacts.yaml"
    threads: config["contacts"]["mapping"]["threads"]
    resources:
        mem_mb=mem_per_attempt(6000),
        runtime=720,
    params:
        **MAP_PARAMS,
        sample=lambda w: w.sample,
        assembly=lambda w: assembly_of(w.sample),
        kind=lambda w: kind_of(w.sample),
        seconds=lambda w: list(runs_of(w.sample).file2),
        matrix_resolution=CT_CONFIG["matrix_resolution"],
        mcool_base=CT_CONFIG["mcool_base"],
        count_scale=lambda w: CT_CONFIG["count_scale"].get(w.sample, 0),
    script:
        "../workflow_scripts/contacts/import_map.py"


rule pool_maps:
    input:
        code=code("contacts/pool_maps.py"),
        blacklist=lambda w: blacklist_of(POOLED[w.cell][0]),
        maps=lambda w: expand(f"{CONTACTS}/{{sample}}.mcool", sample=POOLED[w.cell]),
    output:
        map=f"{CONTACTS}/cells/{{cell}}.mcool",
    log:
        f"{LOGS}/pool_maps/{{cell}}.log",
    benchmark:
        f"{BENCH}/pool_maps/{{cell}}.tsv"
    wildcard_constraints:
        cell=one_of(POOLED),
    conda:
        "../envs/contacts.yaml"
    threads: config["contacts"]["mapping"]["threads"]
    resources:
        mem_mb=mem_per_attempt(6000),
        runtime=720,
    params:
        **MAP_PARAMS,
        cell=lambda w: w.cell,
    script:
        "../workflow_scripts/contacts/pool_maps.py"


CONTACT_GENOMES = list(dict.fromkeys(map(assembly_of, CONTACT_SAMPLES)))


rule tabulate_contacts:
    input:
        code=code("contacts/tabulate_contacts.py"),
        maps=expand(f"{CONTACTS}/{{sample}}.mcool", sample=CONTACT_SAMPLES),
        stats=expand(f"{CONTACTS}/{{sample}}.stats.tsv", sample=PAIR_SAMPLES),
        runs=expand(
            f"{CONTACTS}/runs/{{run}}.tsv",
            run=CONTACT_RUNS.index[CONTACT_RUNS["sample"].isin(PAIR_SAMPLES)],
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
