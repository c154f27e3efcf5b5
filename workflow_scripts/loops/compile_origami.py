"""Compile Origami's sampler in a job of its own, so that parallel jobs do not all compile it."""

from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.loops.origami import compile_sampler

if __name__ == "__main__":
    run_script(compile_sampler, snakemake)
