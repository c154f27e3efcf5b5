"""Enhancement: a trained image model on maps of the user."""

EN_LOW = EN_CONFIG["low_resolution"]


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
