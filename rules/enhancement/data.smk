"""Enhancement: contacts down-sampled, and the datasets of windows with DNA and maps."""


rule downsample_enhancement_contacts:
    input:
        code=code("enhancement/data/downsample_contacts.py"),
        blacklist=lambda w: blacklist_of(w.sample),
        contacts=f"{RESULTS}/contacts/{{sample}}.mcool",
    output:
        out=f"{EN}/low/{{sample}}{{draw}}.mcool",
    log:
        f"{LOGS}/enhancement/downsample_enhancement_contacts/{{sample}}{{draw}}.log",
    benchmark:
        f"{BENCH}/enhancement/downsample_enhancement_contacts/{{sample}}{{draw}}.tsv"
    wildcard_constraints:
        sample=one_of(EN_PLAN.downsampled),
        # the first draw has no number
        draw=r"(\.draw\d+)?",
    conda:
        "../../envs/contacts.yaml"
    threads: config["contacts"]["mapping"]["threads"]
    resources:
        mem_mb=mem_per_attempt(6000),
        runtime=720,
    params:
        resolution=EN_CONFIG["resolution"],
        fraction=EN_CONFIG["low_resolution"]["fraction"],
        balance=config["contacts"]["balance"],
        # the first draw has the seed of the run
        seed=lambda w: config["seed"] + int(w.draw.removeprefix(".draw") or 1) - 1,
    script:
        "../../workflow_scripts/enhancement/data/downsample_contacts.py"


rule build_enhancement:
    input:
        code=code("enhancement/data/build_enhancement.py"),
        maps=expand(f"{RESULTS}/contacts/{{sample}}.mcool", sample=EN_PLAN.maps),
        low=expand(
            f"{EN}/low/{{sample}}{{draw}}.mcool",
            sample=EN_PLAN.downsampled,
            draw=["", *[f".draw{n}" for n in range(2, EN_CONFIG["low_resolution"]["draws"] + 1)]],
        ),
        sizes=f"{EN_GENOME}/chrom.sizes",
        # without sequence models no sequence is needed
        fasta=f"{EN_GENOME}/genome.fa" if EN_PLAN.has_fasta else [],
        index=f"{EN_GENOME}/genome.fa.fai" if EN_PLAN.has_fasta else [],
    output:
        windows_out=f"{EN}/data/windows.tsv",
        sequence_out=EN_SEQUENCE_DATA,
        image_out=EN_IMAGE_DATA,
    log:
        f"{LOGS}/enhancement/build_enhancement.log",
    benchmark:
        f"{BENCH}/enhancement/build_enhancement.tsv"
    conda:
        "../../envs/contacts.yaml"
    resources:
        mem_mb=mem_per_attempt(8000),
        runtime=720,
    params:
        samples=EN_PLAN.maps,
        downsampled=EN_PLAN.downsampled,
        settings={
            key: EN_CONFIG[key]
            for key in """resolution window_bins step_bins image_step_bins exclude_chromosomes coarsegrain
            expected observed low_resolution split""".split()
        },
        seed=config["seed"],
    script:
        "../../workflow_scripts/enhancement/data/build_enhancement.py"
