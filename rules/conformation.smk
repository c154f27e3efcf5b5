"""Conformation (Farré 2018): chromatin factor profiles to contact maps, and back."""

CF = f"{RESULTS}/conformation"
CF_CONFIG = config["conformation"]
CF_CELLS = {}
CF_FIGURES = []
PAPERS["conformation"] = SimpleNamespace(
    metrics=f"{CF}/metrics.tsv",
    figures=figure_files(CF, CF_FIGURES),
    published=own("resources/published/conformation.tsv"),
)


rule conformation:
    input:
        # a function, since the files included below add their figures
        lambda wildcards: targets_of("conformation"),


include: "conformation_pairs.smk"
include: "conformation_gradients.smk"
include: "conformation_figures.smk"
