"""Conformation: sensitivities of the networks, and in-silico edits."""

from dataclasses import asdict

from workflow_scripts.conformation.edit_plan import cell_segmentations, plan_edits

# one training is looked into: the first
CF_FIRST_SEED = CF_CONFIG["seeds"][0]
CF_FIRST_CELL = next(iter(CF_CELLS), "none")
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
PAPERS["conformation"].figures += figure_files(CF, ["fig4a", "fig4b", "fig5a", "fig5b"])
if CF_EDITS:
    PAPERS["conformation"].figures += figure_files(CF, ["edits"])


rule measure_gradients:
    input:
        code=code("conformation/measure_gradients.py"),
        dataset=f"{CF}/data/{{cell}}.npz",
        weights=f"{CF}/models/{{cell}}/forward.seed{CF_FIRST_SEED}.keras",
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
        "../envs/train.yaml"
    threads: CF_CONFIG["threads"]
    resources:
        gpu=1,
        mem_mb=4000,
        runtime=60,
    params:
        model_seed=CF_FIRST_SEED,
        settings=CF_CONFIG["gradients"],
        where=f"{CONFIG_FILE}: conformation.gradients",
        seed=config["seed"],
    script:
        "../workflow_scripts/conformation/measure_gradients.py"


rule backward_gradients:
    input:
        code=code("conformation/backward_gradients.py"),
        dataset=f"{CF}/data/{{cell}}.npz",
        weights=f"{CF}/models/{{cell}}/backward.seed{CF_FIRST_SEED}.keras",
        forward=f"{CF}/models/{{cell}}/forward.seed{CF_FIRST_SEED}.keras",
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
        "../envs/train.yaml"
    threads: CF_CONFIG["threads"]
    resources:
        gpu=1,
        mem_mb=4000,
        runtime=60,
    params:
        settings=CF_CONFIG["gradients"],
        where=f"{CONFIG_FILE}: conformation.gradients",
        seed=config["seed"],
    script:
        "../workflow_scripts/conformation/backward_gradients.py"


rule predict_edits:
    input:
        code=code("conformation/predict_edits.py"),
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
        "../envs/train.yaml"
    # one job for all edits: its start takes longer than an edit
    threads: CF_CONFIG["threads"]
    resources:
        gpu=1,
        mem_mb=4000,
        runtime=60,
    params:
        edits=[asdict(edit) for edit in CF_EDITS],
        cells=CF_EDITED,
        models=CF_EDITORS,
        where=f"{CONFIG_FILE}: conformation.edits",
        seed=config["seed"],
    script:
        "../workflow_scripts/conformation/predict_edits.py"


rule plot_conformation_fig4a:
    input:
        code=code("conformation/plot_conformation_fig4a.py"),
        region=f"{CF}/gradients/{CF_FIRST_CELL}.forward_region.tsv",
        profiles=f"{CF}/gradients/{CF_FIRST_CELL}.forward_profiles.tsv",
    output:
        svg=report(
            f"{CF}/figures/fig4a.svg",
            caption="../resources/captions/conformation_fig4a.rst",
            category="Conformation",
            labels={"item": "Figure 4a", "what": "contacts by σ, four pairs", "form": "figure"},
        ),
        png=f"{CF}/figures/fig4a.png",
        tsv=report(
            f"{CF}/figures/fig4a.tsv",
            caption="../resources/captions/conformation_fig4a.rst",
            category="Conformation",
            labels={"item": "Figure 4a", "what": "contacts by σ, four pairs", "form": "table"},
        ),
    log:
        f"{LOGS}/conformation/plot_conformation_fig4a.log",
    benchmark:
        f"{BENCH}/conformation/plot_conformation_fig4a.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        resolution=CF_CONFIG["resolution"],
    script:
        "../workflow_scripts/conformation/plot_conformation_fig4a.py"


rule plot_conformation_fig4b:
    input:
        code=code("conformation/plot_conformation_fig4b.py"),
        distances=f"{CF}/gradients/{CF_FIRST_CELL}.forward_distances.tsv",
    output:
        svg=report(
            f"{CF}/figures/fig4b.svg",
            caption="../resources/captions/conformation_fig4b.rst",
            category="Conformation",
            labels={
                "item": "Figure 4b",
                "what": "contacts by σ, mean by distance",
                "form": "figure",
            },
        ),
        png=f"{CF}/figures/fig4b.png",
        tsv=report(
            f"{CF}/figures/fig4b.tsv",
            caption="../resources/captions/conformation_fig4b.rst",
            category="Conformation",
            labels={
                "item": "Figure 4b",
                "what": "contacts by σ, mean by distance",
                "form": "table",
            },
        ),
    log:
        f"{LOGS}/conformation/plot_conformation_fig4b.log",
    benchmark:
        f"{BENCH}/conformation/plot_conformation_fig4b.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        resolution=CF_CONFIG["resolution"],
    script:
        "../workflow_scripts/conformation/plot_conformation_fig4b.py"


rule plot_conformation_fig5a:
    input:
        code=code("conformation/plot_conformation_fig5a.py"),
        maps=f"{CF}/gradients/{CF_FIRST_CELL}.backward_maps.tsv",
        sigma=f"{CF}/gradients/{CF_FIRST_CELL}.backward_sigma.tsv",
    output:
        svg=report(
            f"{CF}/figures/fig5a.svg",
            caption="../resources/captions/conformation_fig5a.rst",
            category="Conformation",
            labels={"item": "Figure 5a", "what": "σ by contacts, three places", "form": "figure"},
        ),
        png=f"{CF}/figures/fig5a.png",
        tsv=report(
            f"{CF}/figures/fig5a.tsv",
            caption="../resources/captions/conformation_fig5a.rst",
            category="Conformation",
            labels={"item": "Figure 5a", "what": "σ by contacts, three places", "form": "table"},
        ),
    log:
        f"{LOGS}/conformation/plot_conformation_fig5a.log",
    benchmark:
        f"{BENCH}/conformation/plot_conformation_fig5a.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        resolution=CF_CONFIG["resolution"],
    script:
        "../workflow_scripts/conformation/plot_conformation_fig5a.py"


rule plot_conformation_fig5b:
    input:
        code=code("conformation/plot_conformation_fig5b.py"),
        means=f"{CF}/gradients/{CF_FIRST_CELL}.backward_means.tsv",
    output:
        svg=report(
            f"{CF}/figures/fig5b.svg",
            caption="../resources/captions/conformation_fig5b.rst",
            category="Conformation",
            labels={
                "item": "Figure 5b",
                "what": "σ by contacts, means by activity",
                "form": "figure",
            },
        ),
        png=f"{CF}/figures/fig5b.png",
        tsv=report(
            f"{CF}/figures/fig5b.tsv",
            caption="../resources/captions/conformation_fig5b.rst",
            category="Conformation",
            labels={
                "item": "Figure 5b",
                "what": "σ by contacts, means by activity",
                "form": "table",
            },
        ),
    log:
        f"{LOGS}/conformation/plot_conformation_fig5b.log",
    benchmark:
        f"{BENCH}/conformation/plot_conformation_fig5b.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        resolution=CF_CONFIG["resolution"],
    script:
        "../workflow_scripts/conformation/plot_conformation_fig5b.py"


rule plot_edits:
    input:
        code=code("conformation/plot_edits.py"),
        tables=rules.predict_edits.output.tables,
    output:
        svg=report(
            f"{CF}/figures/edits.svg",
            caption="../resources/captions/conformation_edits.rst",
            category="Conformation",
            labels={"item": "Edits", "what": "maps of edited profiles", "form": "figure"},
        ),
        png=f"{CF}/figures/edits.png",
        tsv=report(
            f"{CF}/figures/edits.tsv",
            caption="../resources/captions/conformation_edits.rst",
            category="Conformation",
            labels={"item": "Edits", "what": "maps of edited profiles", "form": "table"},
        ),
    log:
        f"{LOGS}/conformation/plot_edits.log",
    benchmark:
        f"{BENCH}/conformation/plot_edits.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        resolution=CF_CONFIG["resolution"],
        names=[edit.name for edit in CF_EDITS],
        said=[edit.said for edit in CF_EDITS],
    script:
        "../workflow_scripts/conformation/plot_edits.py"
