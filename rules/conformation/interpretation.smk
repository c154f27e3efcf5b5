"""Conformation: gradients of the trained networks, and in-silico edits of the profiles."""

CF_EDITED_CELLS = list(dict.fromkeys(edit.cell for edit in CF_EDITS))
CF_EDIT_NETWORKS = [
    (cell, model, seed)
    for cell in CF_EDITED_CELLS
    for model, seeds in CF_MODELS.edit.items()
    for seed in seeds
]


rule measure_conformation_forward_gradients:
    input:
        code=code("conformation/interpretation/measure_forward_gradients.py"),
        dataset=f"{CF}/data/{{cell}}.npz",
        weights=f"{CF}/models/{{cell}}/forward.seed{CF_FIRST_SEED}.keras",
    output:
        region=f"{CF}/gradients/{{cell}}.forward_region.tsv",
        profiles=f"{CF}/gradients/{{cell}}.forward_profiles.tsv",
        distances=f"{CF}/gradients/{{cell}}.forward_distances.tsv",
        check=f"{CF}/gradients/{{cell}}.check.tsv",
    log:
        f"{LOGS}/conformation/measure_conformation_forward_gradients/{{cell}}.log",
    benchmark:
        f"{BENCH}/conformation/measure_conformation_forward_gradients/{{cell}}.tsv"
    conda:
        f"../../envs/train{BUILD}.yaml"
    threads: CF_CONFIG["threads"]
    resources:
        gpu=GPU,
        mem_mb=mem_per_attempt(4000),
        runtime=60,
    params:
        model_seed=CF_FIRST_SEED,
        settings=CF_CONFIG["gradients"],
        where=f"{CONFIG_FILE}: conformation.gradients",
        seed=config["seed"],
    script:
        "../../workflow_scripts/conformation/interpretation/measure_forward_gradients.py"


rule measure_conformation_backward_gradients:
    input:
        code=code("conformation/interpretation/measure_backward_gradients.py"),
        dataset=f"{CF}/data/{{cell}}.npz",
        weights=f"{CF}/models/{{cell}}/backward.seed{CF_FIRST_SEED}.keras",
        forward=f"{CF}/models/{{cell}}/forward.seed{CF_FIRST_SEED}.keras",
        annotation=f"{CF}/annotation/{{cell}}.tsv.gz",
    output:
        maps=f"{CF}/gradients/{{cell}}.backward_maps.tsv",
        sigma=f"{CF}/gradients/{{cell}}.backward_sigma.tsv",
        means=f"{CF}/gradients/{{cell}}.backward_means.tsv",
    log:
        f"{LOGS}/conformation/measure_conformation_backward_gradients/{{cell}}.log",
    benchmark:
        f"{BENCH}/conformation/measure_conformation_backward_gradients/{{cell}}.tsv"
    conda:
        f"../../envs/train{BUILD}.yaml"
    threads: CF_CONFIG["threads"]
    resources:
        gpu=GPU,
        mem_mb=mem_per_attempt(4000),
        runtime=60,
    params:
        settings=CF_CONFIG["gradients"],
        where=f"{CONFIG_FILE}: conformation.gradients",
        seed=config["seed"],
    script:
        "../../workflow_scripts/conformation/interpretation/measure_backward_gradients.py"


rule predict_conformation_edits:
    input:
        code=code("conformation/interpretation/predict_edits.py"),
        datasets=[f"{CF}/data/{cell}.npz" for cell in CF_EDITED_CELLS],
        weights=[f"{CF}/models/{c}/{m}.seed{s}.keras" for c, m, s in CF_EDIT_NETWORKS],
    output:
        maps=[f"{CF}/edits/{edit.name}.npz" for edit in CF_EDITS],
        tables=[f"{CF}/edits/{edit.name}.tsv.gz" for edit in CF_EDITS],
    log:
        f"{LOGS}/conformation/predict_conformation_edits.log",
    benchmark:
        f"{BENCH}/conformation/predict_conformation_edits.tsv"
    conda:
        f"../../envs/train{BUILD}.yaml"
    # one job for all edits: starting Keras takes longer than predicting one
    threads: CF_CONFIG["threads"]
    resources:
        gpu=GPU,
        mem_mb=mem_per_attempt(4000),
        runtime=60,
    params:
        input_keys=dict(datasets=CF_EDITED_CELLS, weights=CF_EDIT_NETWORKS),
        edits=[asdict(edit) for edit in CF_EDITS],
        where=f"{CONFIG_FILE}: conformation.edits",
        seed=config["seed"],
    script:
        "../../workflow_scripts/conformation/interpretation/predict_edits.py"
