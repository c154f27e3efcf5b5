"""Run the script of a figure: its `main` returns the figure and its table, which are saved here."""

from importlib import import_module

from workflow_scripts.chromaloom.plot.style import draw_figure
from workflow_scripts.chromaloom.workflow.job import main_arguments, script_job

if __name__ == "__main__":
    with script_job(snakemake):
        module = snakemake.params.figure.removesuffix(".py").replace("/", ".")
        main = import_module(f"workflow_scripts.{module}").main
        draw_figure(main, **main_arguments(main, snakemake), **dict(snakemake.output.items()))
