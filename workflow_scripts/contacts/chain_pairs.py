"""Write several gzipped files of pairs as one stream under the header of the first.

A separate program that runs before pairtools: pairtools reads gzip by external tools and does not
report when they fail. It depends only on the standard library.
"""

import gzip
import shutil
import sys
from collections.abc import Sequence
from typing import IO


def main(paths: Sequence[str], out: IO[bytes]) -> None:
    """Copy the first file whole, and the others without their headers."""
    for number, path in enumerate(paths):
        with gzip.open(path) as handle:
            for line in handle:
                if number == 0 or not line.startswith(b"#"):
                    out.write(line)
                if not line.startswith(b"#"):
                    break
            shutil.copyfileobj(handle, out, 1 << 20)


if __name__ == "__main__":
    main(sys.argv[1:], sys.stdout.buffer)
