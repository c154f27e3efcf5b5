"""Enhancement: bundles of sequence models, and bundles on the DNA of genomes and sequences."""

from workflow_scripts.enhancement.apply.sequence_inputs import (
    KIND as EN_SEQUENCE_KIND,
    plan_application as plan_sequence_maps,
    stated_keys as stated_sequence_keys,
)

EN_SEQUENCE_BUNDLE = f"{RESULTS}/bundles/enhancement-{{model}}"
# controls with shuffled DNA are no models to use
EN_SEQUENCE_BUNDLED = [m for m, v in EN_SEQUENCE_VARIANTS.items() if not v["shuffled"]]
if "enhancement" in config["papers"]:
    BUNDLES += [
        f"{EN_SEQUENCE_BUNDLE}/model.yaml".format(model=model) for model in EN_SEQUENCE_BUNDLED
    ]

EN_SEQUENCE_APPLY = {}
try:
    for name, entry in applications_of("enhancement").items():
        if entry.bundle.facts.get("kind") != EN_SEQUENCE_KIND:
            continue
        where = f"{CONFIG_FILE}: apply.{name}"
        if entry.settings["fasta"]:
            entry.settings["fasta"] = locate(entry.settings["fasta"], f"{where}.fasta")
            check_file(entry.settings["fasta"], f"{where}.fasta", GENERATED_DIRS)
        EN_SEQUENCE_APPLY[name] = plan_sequence_maps(
            entry,
            config["assemblies"],
            PLACE_CHECKS.known_sizes,
            stated_sequence_keys(config, load_schema(SCHEMAS)),
            where,
        )
except UserError as error:
    fail(error)
STAGE_TARGETS += [
    f"{RESULTS}/apply/{name}/predicted.{suffix}"
    for name in EN_SEQUENCE_APPLY
    for suffix in ("mcool", "png")
]


rule bundle_enhancement_sequence:
    input:
        code=code("enhancement/apply/bundle_sequence.py"),
        dataset=EN_SEQUENCE_DATA,
        embeddings=lambda w: (EN_EMBEDDINGS if EN_SEQUENCE_VARIANTS[w.model]["embedded"] else []),
        networks=lambda w: enhancement_models(
            (w.model, seed) for seed in EN_SEQUENCE_VARIANTS[w.model]["seeds"]
        ),
        metrics=PAPERS["enhancement"].metrics,
    output:
        bundle_files(EN_SEQUENCE_BUNDLE, [f"seed{seed}" for seed in EN_SEEDS]),
        model=f"{EN_SEQUENCE_BUNDLE}/model.yaml",
    log:
        f"{LOGS}/enhancement/bundle_enhancement_sequence/{{model}}.log",
    benchmark:
        f"{BENCH}/enhancement/bundle_enhancement_sequence/{{model}}.tsv"
    wildcard_constraints:
        model=one_of(m for m in EN_SEQUENCE_BUNDLED if m in EN_SEQUENCE_MODELS),
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=60,
    params:
        name=lambda w: w.model,
        seeds=lambda w: EN_SEQUENCE_VARIANTS[w.model]["seeds"],
        variant=lambda w: EN_SEQUENCE_VARIANTS[w.model],
        assembly=EN_PLAN.assembly,
        crop=EN_CONFIG["crop"],
        maps={key: EN_CONFIG[key] for key in ("coarsegrain", "expected")},
        scored_from=EN_CONFIG["metrics"]["ignore_diags"],
        settings=dict(preset=EN_SEQUENCE["preset"], **enhancement_sequence_settings(EN_SEQUENCE)),
    script:
        "../../workflow_scripts/enhancement/apply/bundle_sequence.py"


use rule bundle_enhancement_sequence as bundle_enhancement_sequence_control with:
    output:
        bundle_files(
            EN_SEQUENCE_BUNDLE,
            [f"seed{seed}" for seed in EN_SEEDS[: EN_SEQUENCE["control_seeds"] or 1]],
        ),
        model=f"{EN_SEQUENCE_BUNDLE}/model.yaml",
    log:
        f"{LOGS}/enhancement/bundle_enhancement_sequence_control/{{model}}.log",
    benchmark:
        f"{BENCH}/enhancement/bundle_enhancement_sequence_control/{{model}}.tsv"
    wildcard_constraints:
        model=one_of(m for m in EN_SEQUENCE_BUNDLED if m in EN_SEQUENCE_CONTROLS),


rule prepare_enhancement_sequences:
    input:
        code=code("align/prepare_genome.py"),
        fasta=lambda w: EN_SEQUENCE_APPLY[w.application].fasta,
    output:
        fasta=f"{RESULTS}/apply/{{application}}/sequences.fa",
        index=f"{RESULTS}/apply/{{application}}/sequences.fa.fai",
        sizes=f"{RESULTS}/apply/{{application}}/sequences.sizes",
    log:
        f"{LOGS}/enhancement/prepare_enhancement_sequences/{{application}}.log",
    benchmark:
        f"{BENCH}/enhancement/prepare_enhancement_sequences/{{application}}.tsv"
    wildcard_constraints:
        application=one_of(name for name, plan in EN_SEQUENCE_APPLY.items() if plan.fasta),
    conda:
        "../../envs/align.yaml"
    resources:
        mem_mb=mem_per_attempt(1000),
        runtime=60,
    script:
        "../../workflow_scripts/align/prepare_genome.py"


rule apply_enhancement_sequence:
    input:
        code=code("enhancement/apply/apply_sequence.py"),
        model=lambda w: EN_SEQUENCE_APPLY[w.application].bundle.files,
        fasta=lambda w: EN_SEQUENCE_APPLY[w.application].dna(RESULTS, w.application),
        index=lambda w: EN_SEQUENCE_APPLY[w.application].dna(RESULTS, w.application) + ".fai",
    output:
        cool=f"{RESULTS}/apply/{{application}}/predicted.cool",
        mcool=f"{RESULTS}/apply/{{application}}/predicted.mcool",
        pixels=f"{RESULTS}/apply/{{application}}/predicted.tsv.gz",
        places=f"{RESULTS}/apply/{{application}}/regions.tsv",
    log:
        f"{LOGS}/enhancement/apply_enhancement_sequence/{{application}}.log",
    benchmark:
        f"{BENCH}/enhancement/apply_enhancement_sequence/{{application}}.tsv"
    wildcard_constraints:
        application=one_of(EN_SEQUENCE_APPLY),
    conda:
        f"../../envs/enhance{BUILD}.yaml"
    threads: EN_SEQUENCE["threads"]
    resources:
        gpu=GPU,
        mem_mb=mem_per_attempt(8000),
        runtime=720,
    params:
        bundle=lambda w: str(EN_SEQUENCE_APPLY[w.application].bundle.folder),
        where=lambda w: f"apply.{w.application}",
        regions=lambda w: EN_SEQUENCE_APPLY[w.application].regions,
        target=lambda w: EN_SEQUENCE_APPLY[w.application].target,
    script:
        "../../workflow_scripts/enhancement/apply/apply_sequence.py"


rule plot_enhancement_sequence:
    input:
        code=code("enhancement/apply/plot_sequence.py"),
        pixels=f"{RESULTS}/apply/{{application}}/predicted.tsv.gz",
        places=f"{RESULTS}/apply/{{application}}/regions.tsv",
    output:
        png=f"{RESULTS}/apply/{{application}}/predicted.png",
        pdf=f"{RESULTS}/apply/{{application}}/predicted.pdf",
    log:
        f"{LOGS}/enhancement/plot_enhancement_sequence/{{application}}.log",
    benchmark:
        f"{BENCH}/enhancement/plot_enhancement_sequence/{{application}}.tsv"
    wildcard_constraints:
        application=one_of(EN_SEQUENCE_APPLY),
    conda:
        "../../envs/plot.yaml"
    resources:
        mem_mb=mem_per_attempt(2000),
        runtime=10,
    params:
        resolution=lambda w: EN_SEQUENCE_APPLY[w.application].bundle.inputs["resolution"],
    script:
        "../../workflow_scripts/enhancement/apply/plot_sequence.py"
