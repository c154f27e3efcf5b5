"""Conformation: sensitivities of the networks, Figures 4 and 5."""

PAPERS["conformation"].figures += figure_files(CF, ["fig4a", "fig4b", "fig5a", "fig5b"])


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
        f"../envs/train{BUILD}.yaml"
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
        "../workflow_scripts/conformation/interpretation/measure_gradients.py"


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
        f"../envs/train{BUILD}.yaml"
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
        "../workflow_scripts/conformation/interpretation/backward_gradients.py"


rule plot_conformation_fig4a:
    input:
        code=code("conformation/figures/fig4a.py"),
        region=f"{CF}/gradients/{CF_SHOWN}.forward_region.tsv",
        profiles=f"{CF}/gradients/{CF_SHOWN}.forward_profiles.tsv",
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
        mem_mb=growing(2000),
        runtime=10,
    params:
        resolution=CF_CONFIG["resolution"],
    script:
        "../workflow_scripts/conformation/figures/fig4a.py"


rule plot_conformation_fig4b:
    input:
        code=code("conformation/figures/fig4b.py"),
        distances=f"{CF}/gradients/{CF_SHOWN}.forward_distances.tsv",
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
        mem_mb=growing(2000),
        runtime=10,
    params:
        resolution=CF_CONFIG["resolution"],
    script:
        "../workflow_scripts/conformation/figures/fig4b.py"


rule plot_conformation_fig5a:
    input:
        code=code("conformation/figures/fig5a.py"),
        maps=f"{CF}/gradients/{CF_SHOWN}.backward_maps.tsv",
        sigma=f"{CF}/gradients/{CF_SHOWN}.backward_sigma.tsv",
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
        mem_mb=growing(2000),
        runtime=10,
    params:
        resolution=CF_CONFIG["resolution"],
    script:
        "../workflow_scripts/conformation/figures/fig5a.py"


rule plot_conformation_fig5b:
    input:
        code=code("conformation/figures/fig5b.py"),
        means=f"{CF}/gradients/{CF_SHOWN}.backward_means.tsv",
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
        mem_mb=growing(2000),
        runtime=10,
    params:
        resolution=CF_CONFIG["resolution"],
    script:
        "../workflow_scripts/conformation/figures/fig5b.py"
