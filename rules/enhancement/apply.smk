"""Enhancement: bundles of image models and hybrids, and trained image models on maps of the user."""

from workflow_scripts.enhancement.apply.inputs import (
    KINDS as EN_MAP_KINDS,
    plan_application as plan_enhancement_map,
)

EN_LOW = EN_CONFIG["low_resolution"]
EN_BUNDLE = f"{RESULTS}/bundles/enhancement-{{model}}"
# settings of the training, by model
EN_BUNDLED = {
    **{
        model: dict(preset=EN_CONFIG["image"]["preset"], **EN_IMAGE_SETTINGS[model])
        for model in EN_IMAGE_MODELS
    },
    **{
        EN_HYBRID_MODEL_OF[variant]: dict(
            {key: EN_HYBRID[key] for key in ("preset", "sequence", "image", "filters")},
            variant=variant,
            training=EN_HYBRID_SETTINGS,
        )
        for variant in EN_HYBRID["variants"]
    },
}
if "enhancement" in config["papers"]:
    BUNDLES += [f"{EN_BUNDLE}/model.yaml".format(model=model) for model in EN_BUNDLED]


try:
    # entries of `apply` for models that read a map
    EN_APPLY = {
        name: plan_enhancement_map(
            entry,
            samples=SAMPLES,
            maps={sample: f"{CONTACTS}/{sample}.mcool" for sample in CONTACT_SAMPLES},
            resolutions=config["contacts"]["resolutions"],
            assemblies=config["assemblies"],
            known_sizes=PLACE_CHECKS.known_sizes,
            find=find_contact_map,
            where=f"{CONFIG_FILE}: apply.{name}",
        )
        for name, entry in applications_of("enhancement").items()
        if entry.bundle.facts.get("kind") in EN_MAP_KINDS
    }
except UserError as error:
    fail(error)
STAGE_TARGETS += [f"{RESULTS}/apply/{name}/enhanced.mcool" for name in EN_APPLY]


rule bundle_enhancement_image:
    input:
        code=code("enhancement/apply/bundle_image.py"),
        dataset=EN_IMAGE_DATA,
        networks=lambda w: enhancement_models((w.model, seed) for seed in EN_SEEDS),
        maps=expand(f"{CONTACTS}/{{sample}}.mcool", sample=EN_PLAN.maps),
        low=expand(f"{EN}/low/{{sample}}.mcool", sample=EN_PLAN.downsampled),
        metrics=PAPERS["enhancement"].metrics,
    output:
        bundle_files(EN_BUNDLE, [f"seed{seed}" for seed in EN_SEEDS]),
        model=f"{EN_BUNDLE}/model.yaml",
    log:
        f"{LOGS}/enhancement/bundle_enhancement_image/{{model}}.log",
    benchmark:
        f"{BENCH}/enhancement/bundle_enhancement_image/{{model}}.tsv"
    wildcard_constraints:
        model=one_of(EN_BUNDLED),
    conda:
        "../../envs/contacts.yaml"
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=60,
    params:
        name=lambda w: w.model,
        seeds=EN_SEEDS,
        dna=lambda w: w.model not in EN_IMAGE_MODELS,
        samples=EN_PLAN.maps,
        downsampled=EN_PLAN.downsampled,
        crop=EN_IMAGE_CROP,
        input_settings={
            key: EN_CONFIG[key] for key in ("coarsegrain", "observed", "low_resolution", "split")
        },
        balance=config["contacts"]["balance"],
        assembly=EN_PLAN.assembly,
        settings=lambda w: EN_BUNDLED[w.model],
    script:
        "../../workflow_scripts/enhancement/apply/bundle_image.py"


rule apply_enhancement_bundle:
    input:
        code=code("enhancement/apply/apply_bundle.py"),
        model=lambda w: EN_APPLY[w.application].bundle.files,
        contacts=lambda w: EN_APPLY[w.application].contacts,
        fasta=lambda w: genome_file(EN_APPLY[w.application].assembly, "genome.fa"),
        index=lambda w: genome_file(EN_APPLY[w.application].assembly, "genome.fa.fai"),
    output:
        mcool=f"{RESULTS}/apply/{{application}}/enhanced.mcool",
        summary=f"{RESULTS}/apply/{{application}}/enhanced.tsv",
    log:
        f"{LOGS}/enhancement/apply_enhancement_bundle/{{application}}.log",
    benchmark:
        f"{BENCH}/enhancement/apply_enhancement_bundle/{{application}}.tsv"
    wildcard_constraints:
        application=one_of(EN_APPLY),
    conda:
        f"../../envs/enhance{BUILD}.yaml"
    threads: EN_CONFIG["image"]["threads"]
    resources:
        gpu=GPU,
        mem_mb=mem_per_attempt(8000),
        runtime=720,
    params:
        bundle=lambda w: str(EN_APPLY[w.application].bundle.folder),
        where=lambda w: f"apply.{w.application}",
        name=lambda w: EN_APPLY[w.application].name,
        group=lambda w: EN_APPLY[w.application].group,
        kind=lambda w: EN_APPLY[w.application].kind,
        notes=lambda w: list(EN_APPLY[w.application].notes),
        settings=EN_CONFIG["enhance"],
        seed=config["seed"],
        # no output, as below
        checkpoints=f"{EN}/checkpoints/apply/{{application}}",
    script:
        "../../workflow_scripts/enhancement/apply/apply_bundle.py"


rule apply_enhancement_image:
    input:
        code=code("enhancement/apply/apply_image.py"),
        contacts=lambda w: EN_ENHANCE.maps[w.map].split("::")[0],
        network=EN_ENHANCE.network or [],
    output:
        cool=f"{EN}/enhanced/{{map}}.cool",
        mcool=f"{EN}/enhanced/{{map}}.mcool",
        summary=f"{EN}/enhanced/{{map}}.tsv",
    log:
        f"{LOGS}/enhancement/apply_enhancement_image/{{map}}.log",
    benchmark:
        f"{BENCH}/enhancement/apply_enhancement_image/{{map}}.tsv"
    wildcard_constraints:
        map=one_of(EN_ENHANCE.maps),
    conda:
        f"../../envs/enhance{BUILD}.yaml"
    threads: EN_CONFIG["image"]["threads"]
    resources:
        gpu=GPU,
        mem_mb=mem_per_attempt(8000),
        runtime=720,
    params:
        name=lambda w: w.map,
        group=lambda w: EN_ENHANCE.maps[w.map].partition("::")[2],
        model=EN_ENHANCE.model,
        resolution=EN_CONFIG["resolution"],
        window=EN_CONFIG["window_bins"],
        factor=EN_LOW["factor"] if EN_LOW["method"] == "pool" else 1,
        coarsegrain=EN_CONFIG["coarsegrain"],
        lower_quantile=EN_CONFIG["observed"]["lower_quantile"],
        balance=config["contacts"]["balance"],
        settings=EN_CONFIG["enhance"],
        circular=EN_CONFIG["split"]["circular"],
        seed=config["seed"],
        # no output: Snakemake removes outputs of a killed job, and resuming needs these
        checkpoints=f"{EN}/checkpoints/enhance/{{map}}",
    script:
        "../../workflow_scripts/enhancement/apply/apply_image.py"
