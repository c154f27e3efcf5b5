"""Makes the helper modules of this folder importable from the tests in the folders below it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
