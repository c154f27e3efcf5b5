"""Script of all figure rules: runs `main` of the figure's module and saves figure and table."""

from importlib import import_module

from workflow_scripts.chromaloom.plot.style import draw_figure
from workflow_scripts.chromaloom.workflow.job import main_arguments, script_job

if __name__ == "__main__":
    with script_job(snakemake):
        module = snakemake.params.figure.removesuffix(".py").replace("/", ".")
        main = import_module(f"workflow_scripts.{module}").main
        draw_figure(main, **main_arguments(main, snakemake), **dict(snakemake.output.items()))
