"""Bundles of trained models, and trained models on new data (docs/apply.md)."""

from workflow_scripts.chromaloom.ml.bundles import read_applications

try:
    APPLY = read_applications(config["apply"], locate, f"{CONFIG_FILE}: apply")
except UserError as error:
    fail(error)

# model.yaml of the run's own bundles, added by the papers' rule files
BUNDLES = []


rule bundles:
    input:
        lambda wildcards: BUNDLES,
