"""Class maps and feature maps of DeepChrome's networks."""


# one job for all cells: starting Keras takes longer than a cell's maps
rule optimize_deepchrome_inputs:
    input:
        code=code("deepchrome/interpretation/optimize_inputs.py"),
        datasets=[f"{DC}/data/{cell}.npz" for cell in DC_CELLS],
        weights=DC_WEIGHTS,
    output:
        maps=f"{DC}/class_maps/maps.npz",
    log:
        f"{LOGS}/deepchrome/optimize_deepchrome_inputs.log",
    benchmark:
        f"{BENCH}/deepchrome/optimize_deepchrome_inputs.tsv"
    conda:
        f"../../envs/train{BUILD}.yaml"
    threads: DC_CONFIG["threads"]
    resources:
        gpu=GPU,
        mem_mb=mem_per_attempt(4000),
        runtime=120,
    params:
        cells=list(DC_CELLS),
        settings={k: v for k, v in DC_CONFIG["class_maps"].items() if k != "active_threshold"},
        seed=config["seed"],
    script:
        "../../workflow_scripts/deepchrome/interpretation/optimize_inputs.py"


rule count_deepchrome_active_bins:
    input:
        code=code("deepchrome/interpretation/count_active_bins.py"),
        maps=f"{DC}/class_maps/maps.npz",
    output:
        counts=f"{DC}/class_maps/active_bins.tsv",
        means=f"{DC}/class_maps/means.tsv",
        scores=f"{DC}/class_maps/scores.tsv",
    log:
        f"{LOGS}/deepchrome/count_deepchrome_active_bins.log",
    benchmark:
        f"{BENCH}/deepchrome/count_deepchrome_active_bins.tsv"
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=mem_per_attempt(1000),
        runtime=10,
    params:
        threshold=DC_CONFIG["class_maps"]["active_threshold"],
    script:
        "../../workflow_scripts/deepchrome/interpretation/count_active_bins.py"


rule measure_deepchrome_feature_maps:
    input:
        code=code("deepchrome/interpretation/measure_feature_maps.py"),
        datasets=[f"{DC}/data/{cell}.npz" for cell in DC_CELLS],
        weights=DC_WEIGHTS,
    output:
        feature_maps=f"{DC}/feature_maps.tsv",
    log:
        f"{LOGS}/deepchrome/measure_deepchrome_feature_maps.log",
    benchmark:
        f"{BENCH}/deepchrome/measure_deepchrome_feature_maps.tsv"
    conda:
        f"../../envs/train{BUILD}.yaml"
    threads: DC_CONFIG["threads"]
    resources:
        gpu=GPU,
        mem_mb=mem_per_attempt(4000),
        runtime=60,
    params:
        cells=list(DC_CELLS),
        bin_size=config["tss_bins"]["bin_size"],
    script:
        "../../workflow_scripts/deepchrome/interpretation/measure_feature_maps.py"
