"""`snakemake --logger chromaloom`: see `workflow_scripts.setup.terminal`.

Snakemake finds logger plugins by the name of a package on Python's path (PLUGINS in the Makefile).
"""

from workflow_scripts.setup.terminal import TerminalLogger as LogHandler

__all__ = ["LogHandler"]
