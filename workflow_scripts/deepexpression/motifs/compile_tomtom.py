"""Compile TomTom early, in one job: two that found nothing compiled would both do it."""

from workflow_scripts.chromaloom.workflow.job import script_job
from workflow_scripts.deepexpression.motifs.motif_search import compile_tomtom

if __name__ == "__main__":
    with script_job(snakemake):
        compile_tomtom()
