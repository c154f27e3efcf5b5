from pathlib import Path

from snakemake.utils import min_version

min_version("9.27")

# folder of this file, also where another workflow uses it as a module
ROOT = Path(workflow.current_basedir)

# A config given on the command line stands alone: merged with the demo's it would be neither.
if not workflow.overwrite_configfiles:

    configfile: str(ROOT / "config.yaml")


include: "rules/common.smk"


rule all:
    input:
        lambda wildcards: all_targets(),


include: "rules/apply.smk"
include: "rules/demo.smk"
include: "rules/download.smk"
include: "rules/align.smk"
include: "rules/quantify.smk"
include: "rules/contacts.smk"
include: "rules/loops.smk"
include: "rules/signal.smk"
include: "rules/tracks.smk"
include: "rules/deepchrome.smk"
include: "rules/conformation.smk"
include: "rules/deepexpression.smk"
include: "rules/enhancement.smk"
include: "rules/figures.smk"
include: "rules/report.smk"
