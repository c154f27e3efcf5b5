"""Conformation: in-silico edits of the profiles."""

from dataclasses import asdict

from workflow_scripts.conformation.config.edit_plan import cell_segmentations, plan_edits

# networks that predict edits, with their seeds
CF_EDITORS = {
    "forward": CF_CONFIG["seeds"],
    "forward_pairwise": CF_PAIR_SEEDS["forward_pairwise"],
}
CF_EDITS = []

if "conformation" in config["papers"]:
    CF_FACTORS = {cell: list(dict.fromkeys(plan.factors)) for cell, plan in CF_CELLS.items()}
    # lengths of chromosomes that are known before any job: of the config, and of the world
    CF_LENGTHS = {
        cell: config["assemblies"][plan.assembly].get("sizes")
        or (
            config["demo"]["chromosomes"]
            if config["assemblies"][plan.assembly]["fasta"].startswith(WORLD)
            else {}
        )
        for cell, plan in CF_CELLS.items()
    }
    try:
        CF_EDITS = plan_edits(
            CF_CONFIG["edits"],
            CF_FACTORS,
            cell_segmentations(SAMPLES, RUNS, CF_FACTORS),
            CF_LENGTHS,
            f"{CONFIG_FILE}: conformation.edits",
        )
    except UserError as error:
        refuse(error)

CF_EDITED = list(dict.fromkeys(edit.cell for edit in CF_EDITS))


rule predict_edits:
    input:
        code=code("conformation/interpretation/predict_edits.py"),
        datasets=[f"{CF}/data/{cell}.npz" for cell in CF_EDITED],
        weights=[
            f"{CF}/models/{cell}/{model}.seed{seed}.keras"
            for cell in CF_EDITED
            for model, seeds in CF_EDITORS.items()
            for seed in seeds
        ],
    output:
        maps=[f"{CF}/edits/{edit.name}.npz" for edit in CF_EDITS],
        tables=[f"{CF}/edits/{edit.name}.tsv.gz" for edit in CF_EDITS],
    log:
        f"{LOGS}/conformation/predict_edits.log",
    benchmark:
        f"{BENCH}/conformation/predict_edits.tsv"
    conda:
        f"../../envs/train{BUILD}.yaml"
    # one job for all edits: its start takes longer than an edit
    threads: CF_CONFIG["threads"]
    resources:
        gpu=GPU,
        mem_mb=growing(4000),
        runtime=60,
    params:
        edits=[asdict(edit) for edit in CF_EDITS],
        cells=CF_EDITED,
        models=CF_EDITORS,
        where=f"{CONFIG_FILE}: conformation.edits",
        seed=config["seed"],
    script:
        "../../workflow_scripts/conformation/interpretation/predict_edits.py"
