"""Bundles of trained models, and trained models on new data (docs/apply.md)."""

from workflow_scripts.chromaloom.ml.bundles import read_applications

try:
    APPLY = read_applications(config["apply"], locate, f"{CONFIG_FILE}: apply")
except UserError as error:
    fail(error)

# model.yaml of the run's own bundles, added by the papers' rule files
BUNDLES = []


def applications_of(paper):
    """Entries of the section `apply` whose bundle is of a paper, by name."""
    return {name: entry for name, entry in APPLY.items() if entry.bundle.paper == paper}


def bundle_files(folder, networks):
    """Outputs of a rule that writes a bundle of networks with these names, beside model.yaml."""
    weights = [f"weights/{name}.keras" for name in networks]
    return [f"{folder}/{name}" for name in ("card.md", "sha256sums", *weights)]


rule bundles:
    input:
        lambda wildcards: BUNDLES,
