import gzip

import pytest


@pytest.fixture
def write(tmp_path):
    """Write a text file, gzipped where its name says so."""

    def write(name, text):
        path = tmp_path / name
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
        return str(path)

    return write
