"""Enhancement of maps of the user's own by a trained model."""

from workflow_scripts.enhancement.config.enhance_plan import plan_enhance as plan_enhanced_maps

EN_LOW = EN_CONFIG["low_resolution"]
EN_ENHANCE = SimpleNamespace(maps={}, network="", model="", own=True)

if "enhancement" in config["papers"]:
    try:
        EN_ENHANCE = plan_enhanced_maps(
            EN_CONFIG["enhance"],
            samples={sample: f"{CONTACTS}/{sample}.mcool" for sample in CONTACT_SAMPLES},
            models={
                model: {seed: f"{EN}/models/{model}.seed{seed}.keras" for seed in EN_SEEDS}
                for model in EN_IMAGE_MODELS
            },
            locate=locate,
            where=f"{CONFIG_FILE}: enhancement.enhance",
        )
        for path in EN_ENHANCE.maps.values():
            check_file(path, f"{CONFIG_FILE}: enhancement.enhance.maps", GENERATED_DIRS)
        if EN_ENHANCE.maps:
            check_file(
                EN_ENHANCE.network, f"{CONFIG_FILE}: enhancement.enhance.model", GENERATED_DIRS
            )
    except UserError as error:
        fail(error)

EN_ENHANCED = [
    f"{EN}/enhanced/{name}.{suffix}"
    for name in EN_ENHANCE.maps
    for suffix in ("cool", "mcool", "tsv")
]
PAPERS["enhancement"].targets += EN_ENHANCED


rule enhance:
    input:
        EN_ENHANCED,


rule enhance_map:
    input:
        code=code("enhancement/apply/enhance_map.py"),
        contacts=lambda w: EN_ENHANCE.maps[w.map],
        network=EN_ENHANCE.network or [],
        # what tells how maps of high resolution differ from those of low, for a model of this run
        dataset=EN_IMAGE_DATA if EN_ENHANCE.own else [],
    output:
        cool=f"{EN}/enhanced/{{map}}.cool",
        mcool=f"{EN}/enhanced/{{map}}.mcool",
        summary=f"{EN}/enhanced/{{map}}.tsv",
    log:
        f"{LOGS}/enhancement/enhance_map/{{map}}.log",
    benchmark:
        f"{BENCH}/enhancement/enhance_map/{{map}}.tsv"
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
        # not an output: Snakemake would remove it when a job is killed, and resuming needs it
        checkpoints=f"{EN}/checkpoints/enhance/{{map}}",
        settings=dict(
            model=EN_ENHANCE.model,
            resolution=EN_CONFIG["resolution"],
            window=EN_CONFIG["window_bins"],
            factor=EN_LOW["factor"] if EN_LOW["method"] == "pool" else 1,
            coarsegrain=EN_CONFIG["coarsegrain"],
            lowest=EN_CONFIG["observed"]["lowest"],
            balance=config["contacts"]["balance"],
            settings=EN_CONFIG["enhance"],
            circular=EN_CONFIG["split"]["circular"],
            seed=config["seed"],
        ),
    script:
        "../../workflow_scripts/enhancement/apply/enhance_map.py"
