import pytest
import yaml

from workflow_scripts.chromaloom.workflow.config import complete_config
from workflow_scripts.demo.world.build import build_world
from workflow_scripts.demo.world.world import read_world, write_world


@pytest.fixture(scope="session")
def seed() -> int:
    """Seed of the small world."""
    return 7


@pytest.fixture(scope="session")
def settings(root) -> dict:
    """A small world's section `demo`, defaults filled in."""
    schema = yaml.safe_load((root / "resources/schemas/demo.schema.yaml").read_text())
    small = {"chromosomes": {"chrA": 420_000, "chr2": 260_010}, "genes": 80, "enhancers": 60,
             "chip_reads": 4_000, "rna_fragments": 4_000}  # fmt: skip
    return complete_config(small, schema, "test")


@pytest.fixture(scope="session")
def folder(settings, seed, tmp_path_factory):
    """The small world as files."""
    folder = tmp_path_factory.mktemp("world")
    write_world(build_world(settings, seed), folder)
    return folder


@pytest.fixture(scope="session")
def world(folder):
    """The small world as read from its files, with sequences."""
    return read_world(folder, sequences=True)
