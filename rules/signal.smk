"""Binned signal around transcription start sites."""

from workflow_scripts.signal.plan import READS

TSS_TARGETS = config["tss_bins"]["targets"]
# cells that need starts, and hence genes
TSS_CELLS = []
if "deepchrome" in config["papers"]:
    TSS_CELLS = config["deepchrome"]["cells"] or list(SAMPLES.cell)
applied = [entry.settings["cell"] for entry in applications_of("deepchrome").values()]
TSS_CELLS = [*TSS_CELLS, *applied]
# samples whose signal around transcription starts is counted; without genes there are no starts
TSS_SAMPLES = [
    s
    for s in samples_with(assay="ChIP-seq")
    if (not TSS_TARGETS or SAMPLES.target[s] in TSS_TARGETS)
    and (SAMPLES.cell[s] in TSS_CELLS or genes_of(s))
]

if TSS_SAMPLES:
    STAGE_TARGETS.append(f"{RESULTS}/signal/profiles.tsv")

try:
    rna = samples_with(assay="RNA-seq", kinds=["fastq", "bam", "salmon_quant"])
    for sample in TSS_SAMPLES + rna:
        if not assembly_of(sample):
            raise UserError(
                f"{config['samples']}: sample {sample!r}: its kind of data needs an assembly"
            )
        if not genes_of(sample):
            raise UserError(
                f"{CONFIG_FILE}: assemblies.{assembly_of(sample)}: missing key 'gtf'; sample"
                f" {sample!r} needs it"
            )
except UserError as error:
    fail(error)


rule count_tss_bins:
    input:
        code=code("signal/count_tss_bins.py"),
        files=lambda w: signal_files(w.sample),
        minus=lambda w: minus_files(w.sample),
        index=lambda w: [
            f"{f}.bai" for f in signal_files(w.sample) if f.startswith(f"{RESULTS}/align/")
        ],
        genes=lambda w: f"{RESULTS}/genome/{assembly_of(w.sample)}/genes.tsv",
        sizes=lambda w: f"{RESULTS}/genome/{assembly_of(w.sample)}/chrom.sizes",
        blacklist=lambda w: blacklist_of(w.sample),
    output:
        bins=f"{RESULTS}/signal/{{sample}}.tss.npz",
    log:
        f"{LOGS}/count_tss_bins/{{sample}}.log",
    benchmark:
        f"{BENCH}/count_tss_bins/{{sample}}.tsv"
    wildcard_constraints:
        sample=one_of(TSS_SAMPLES),
    conda:
        "../envs/signal.yaml"
    resources:
        mem_mb=mem_per_attempt(8000),
        runtime=120,
    params:
        sample=lambda w: w.sample,
        kind=lambda w: kind_of(w.sample),
        names=lambda w: (
            list(runs_of(w.sample).file2)
            if kind_of(w.sample) not in READS
            else [""] * len(signal_files(w.sample))
        ),
        assembly=lambda w: assembly_of(w.sample),
        bin_size=config["tss_bins"]["bin_size"],
        n_bins=config["tss_bins"]["n_bins"],
        orient=config["tss_bins"]["orient"],
        clip=config["signal"]["beyond_end"] == "clip",
    script:
        "../workflow_scripts/signal/count_tss_bins.py"


rule tabulate_tss_profiles:
    input:
        code=code("signal/tabulate_tss_profiles.py"),
        bins=expand(f"{RESULTS}/signal/{{sample}}.tss.npz", sample=TSS_SAMPLES),
    output:
        table=f"{RESULTS}/signal/profiles.tsv",
    log:
        f"{LOGS}/tabulate_tss_profiles.log",
    benchmark:
        f"{BENCH}/tabulate_tss_profiles.tsv"
    conda:
        "../envs/signal.yaml"
    resources:
        mem_mb=mem_per_attempt(2000),
        runtime=20,
    params:
        samples=TSS_SAMPLES,
        cells=[SAMPLES.cell[s] for s in TSS_SAMPLES],
        targets=[SAMPLES.target[s] for s in TSS_SAMPLES],
    script:
        "../workflow_scripts/signal/tabulate_tss_profiles.py"
