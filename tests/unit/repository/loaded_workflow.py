from pathlib import Path

from snakemake.api import SnakemakeApi
from snakemake.settings.types import ConfigSettings, OutputSettings, Quietness, ResourceSettings

ROOT = Path(__file__).parents[3]


def load_workflow(config=None, configfiles=(), snakefile=ROOT / "Snakefile", **resources):
    """Read Snakefile and rules without planning a job; return Snakemake's own Workflow.

    Its `variables` are those of the rules files.
    """
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        workflow = api.workflow(
            resource_settings=ResourceSettings(cores=1, resources=resources),
            config_settings=ConfigSettings(config=config or {}, configfiles=configfiles),
            snakefile=snakefile,
            workdir=ROOT,
        )._workflow
        # every workflow that is read in this process writes to the same dict
        workflow.variables = dict(workflow.globals)
        return workflow
