"""Run the script of a figure: its `main` returns the figure and its table, which are saved here."""

from importlib import import_module

from workflow_scripts.chromaloom.plot.style import save_figure
from workflow_scripts.chromaloom.workflow.job import main_arguments, script_job

if __name__ == "__main__":
    with script_job(snakemake):
        module = snakemake.params.figure.removesuffix(".py").replace("/", ".")
        main = import_module(f"workflow_scripts.{module}").main
        figure, table = main(**main_arguments(main, snakemake))
        save_figure(figure, table, **dict(snakemake.output.items()))
