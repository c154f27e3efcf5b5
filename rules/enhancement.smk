"""Enhancement (Kriukov et al.): contact maps of low resolution and the DNA under them, to maps."""

from workflow_scripts.enhancement.config.plan import plan_maps as plan_enhancement_maps

EN = f"{RESULTS}/enhancement"
EN_CONFIG = config["enhancement"]
EN_PLAN = SimpleNamespace(assembly="none", maps=[], downsampled=[])

if "enhancement" in config["papers"]:
    try:
        EN_PLAN = plan_enhancement_maps(
            SAMPLES,
            EN_CONFIG,
            config["contacts"]["resolutions"],
            config["assemblies"],
            f"{CONFIG_FILE}: enhancement",
        )
    except UserError as error:
        fail(error)

EN_SEEDS = EN_CONFIG["seeds"]
EN_GENOME = f"{RESULTS}/genome/{EN_PLAN.assembly}"
EN_SEQUENCE_DATA = f"{EN}/data/sequence.h5"
EN_IMAGE_DATA = f"{EN}/data/image.h5"
# predictions, {model: [file of each seed]}: of sequence models, and of image models and hybrids;
# trainings with a history and their seeds; all added to, like the figures, by the files included
# below
EN_SEQUENCE_PREDICTIONS = {}
EN_IMAGE_PREDICTIONS = {}
EN_TRAINED = {}
PAPERS["enhancement"] = SimpleNamespace(
    title="Enhancement",
    metrics=f"{EN}/metrics.tsv",
    targets=[],
    published=workflow_path("resources/published/enhancement.tsv"),
)


rule enhancement:
    input:
        # a function, since the files included below add their figures
        lambda wildcards: targets_of("enhancement"),


rule downsample_contacts:
    input:
        code=code("enhancement/data/downsample_contacts.py"),
        contacts=f"{RESULTS}/contacts/{{sample}}.mcool",
    output:
        map=f"{EN}/low/{{sample}}.mcool",
    log:
        f"{LOGS}/enhancement/downsample_contacts/{{sample}}.log",
    benchmark:
        f"{BENCH}/enhancement/downsample_contacts/{{sample}}.tsv"
    wildcard_constraints:
        sample=one_of(EN_PLAN.downsampled),
    conda:
        "../envs/contacts.yaml"
    threads: config["contacts"]["mapping"]["threads"]
    resources:
        mem_mb=mem_per_attempt(6000),
        runtime=720,
    params:
        sample=lambda w: w.sample,
        resolution=EN_CONFIG["resolution"],
        fraction=EN_CONFIG["low_resolution"]["fraction"],
        balance=config["contacts"]["balance"],
        seed=config["seed"],
    script:
        "../workflow_scripts/enhancement/data/downsample_contacts.py"


rule build_enhancement:
    input:
        code=code("enhancement/data/build_enhancement.py"),
        maps=expand(f"{RESULTS}/contacts/{{sample}}.mcool", sample=EN_PLAN.maps),
        low=expand(f"{EN}/low/{{sample}}.mcool", sample=EN_PLAN.downsampled),
        fasta=f"{EN_GENOME}/genome.fa",
        index=f"{EN_GENOME}/genome.fa.fai",
    output:
        windows=f"{EN}/data/windows.tsv",
        sequence=EN_SEQUENCE_DATA,
        image=EN_IMAGE_DATA,
    log:
        f"{LOGS}/enhancement/build_enhancement.log",
    benchmark:
        f"{BENCH}/enhancement/build_enhancement.tsv"
    conda:
        "../envs/contacts.yaml"
    threads: 1
    resources:
        mem_mb=mem_per_attempt(8000),
        runtime=720,
    params:
        samples=EN_PLAN.maps,
        downsampled=EN_PLAN.downsampled,
        settings={
            key: EN_CONFIG[key]
            for key in (
                "resolution",
                "window_bins",
                "step_bins",
                "image_step_bins",
                "exclude_chromosomes",
                "coarsegrain",
                "expected",
                "observed",
                "low_resolution",
                "split",
            )
        },
        seed=config["seed"],
    script:
        "../workflow_scripts/enhancement/data/build_enhancement.py"


include: "enhancement/sequence.smk"
include: "enhancement/image.smk"
include: "enhancement/hybrid.smk"
include: "enhancement/scores.smk"
include: "enhancement/figures.smk"
include: "enhancement/enhance.smk"
