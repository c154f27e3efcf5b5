"""Conformation: sensitivities of the networks, Figures 4 and 5."""


rule measure_gradients:
    input:
        code=code("conformation/interpretation/measure_gradients.py"),
        dataset=f"{CF}/data/{{cell}}.npz",
        weights=f"{CF}/models/{{cell}}/forward.seed{CF_SEED}.keras",
    output:
        region=f"{CF}/gradients/{{cell}}.forward_region.tsv",
        profiles=f"{CF}/gradients/{{cell}}.forward_profiles.tsv",
        distances=f"{CF}/gradients/{{cell}}.forward_distances.tsv",
        check=f"{CF}/gradients/{{cell}}.check.tsv",
    log:
        f"{LOGS}/conformation/measure_gradients/{{cell}}.log",
    benchmark:
        f"{BENCH}/conformation/measure_gradients/{{cell}}.tsv"
    wildcard_constraints:
        cell=one_of(CF_CELLS),
    conda:
        f"../../envs/train{BUILD}.yaml"
    threads: CF_CONFIG["threads"]
    resources:
        gpu=GPU,
        mem_mb=growing(4000),
        runtime=60,
    params:
        model_seed=CF_SEED,
        settings=CF_CONFIG["gradients"],
        where=f"{CONFIG_FILE}: conformation.gradients",
        seed=config["seed"],
    script:
        "../../workflow_scripts/conformation/interpretation/measure_gradients.py"


rule backward_gradients:
    input:
        code=code("conformation/interpretation/backward_gradients.py"),
        dataset=f"{CF}/data/{{cell}}.npz",
        weights=f"{CF}/models/{{cell}}/backward.seed{CF_SEED}.keras",
        forward=f"{CF}/models/{{cell}}/forward.seed{CF_SEED}.keras",
        annotation=f"{CF}/annotation/{{cell}}.tsv.gz",
    output:
        maps=f"{CF}/gradients/{{cell}}.backward_maps.tsv",
        sigma=f"{CF}/gradients/{{cell}}.backward_sigma.tsv",
        means=f"{CF}/gradients/{{cell}}.backward_means.tsv",
    log:
        f"{LOGS}/conformation/backward_gradients/{{cell}}.log",
    benchmark:
        f"{BENCH}/conformation/backward_gradients/{{cell}}.tsv"
    wildcard_constraints:
        cell=one_of(CF_CELLS),
    conda:
        f"../../envs/train{BUILD}.yaml"
    threads: CF_CONFIG["threads"]
    resources:
        gpu=GPU,
        mem_mb=growing(4000),
        runtime=60,
    params:
        settings=CF_CONFIG["gradients"],
        where=f"{CONFIG_FILE}: conformation.gradients",
        seed=config["seed"],
    script:
        "../../workflow_scripts/conformation/interpretation/backward_gradients.py"
