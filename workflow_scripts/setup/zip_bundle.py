"""Write a bundle as a .zip archive: python -m … FOLDER [OUT.zip]."""

import sys
from pathlib import Path

from workflow_scripts.chromaloom.ml.bundle_files import zip_folder
from workflow_scripts.chromaloom.ml.bundles import read_bundle
from workflow_scripts.chromaloom.workflow.errors import UserError


def main(folder: str, out: str = "") -> None:
    """Write the archive, by default beside the folder; a mistake ends the program with one line."""
    place = Path(folder)
    target = Path(out) if out else place.with_name(f"{place.resolve().name}.zip")
    try:
        read_bundle(place, "zip_bundle")
    except UserError as error:
        sys.exit(f"error: {error}")
    zip_folder(place, target)
    print(target)


if __name__ == "__main__":
    main(*sys.argv[1:])
