"""A conda channel on this disk: this Python, the installed packages of the lock, Debian's tools.

Every package is packed from what is installed, so that making the channel needs no network.
"""

import asyncio
import hashlib
import importlib.metadata as metadata
import io
import json
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from conda_package_streaming.create import conda_builder
from packaging.requirements import Requirement
from rattler.index import index_fs

PYTHON = f"python{sys.version_info[0]}.{sys.version_info[1]}"
SITE = f"lib/{PYTHON}/site-packages"
# PyPI's name of a package, and conda's
CONDA_NAMES = {"matplotlib": "matplotlib-base", "tensorflow-cpu": "tensorflow"}
CONDA_NAMES |= {"snakemake": "snakemake-minimal"}
BUILDS = {"tensorflow": "cpu_local_0"}
# No worker threads: once TensorFlow is imported, its own single-threaded zstd answers for all.
FAST = {"compression_level": 1, "compression_threads": 0}
# conda package: Debian's, and the commands taken
TOOLS = {
    "bowtie2": ("bowtie2", "bowtie2*"),
    "samtools": ("samtools", "samtools"),
    "kallisto": ("kallisto", "kallisto"),
    "bedtools": ("bedtools", "bedtools"),
    "macs2": ("macs", "macs2"),
}


def conda_name(name: str) -> str:
    """Name of a package of PyPI on conda-forge."""
    name = name.lower().replace("_", "-")
    return CONDA_NAMES.get(name, name)


def pypi_name(name: str) -> str:
    """Name on PyPI of a package of conda-forge."""
    return {conda: pypi for pypi, conda in CONDA_NAMES.items()}.get(name, name)


class LocalChannel:
    """Channels conda-forge and bioconda below a folder, and wheels for the `pip:` sections."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.wheels = folder, folder / "wheels"
        self.wheels.mkdir(parents=True)
        self.depends: dict[str, list[str]] = {}  # of what is packed

    def add_python(self) -> None:
        """This CPython without its site-packages, able to run from anywhere."""
        base = Path(sys.base_prefix)
        files, library = {}, base / "lib" / PYTHON
        left_out = {"site-packages", "dist-packages", "test", "tests", "idlelib", "__pycache__"}
        for path in library.rglob("*"):
            inner = path.relative_to(library)
            if path.is_file() and not left_out & set(inner.parts) and path.suffix != ".a":
                files[f"lib/{PYTHON}/{inner}"] = path.resolve()
        for path in (base / "lib").glob("libpython3*.so*"):
            files[f"lib/{path.name}"] = path.resolve()
        # Debian's Python looks for packages in dist-packages alone
        hook = f"import site, sys\nsite.addsitedir(f'{{sys.prefix}}/{SITE}')\n"
        made = {f"lib/{PYTHON}/sitecustomize.py": hook.encode()}
        interpreter = Path(sys.executable).resolve()
        files |= {f"bin/{name}": interpreter for name in (PYTHON, "python3", "python")}
        version = ".".join(map(str, sys.version_info[:3]))
        self._pack("conda-forge", "python", version, [], files, made)

    def add_installed(self, names: set[str]) -> None:
        """Installed packages of these PyPI names and all that they need."""
        todo = set(names)
        while todo:
            name = todo.pop()
            if conda_name(name) in self.depends:
                continue
            found = metadata.distribution(name)
            needs = [Requirement(text) for text in found.requires or []]
            needs = [n for n in needs if n.marker is None or n.marker.evaluate({"extra": ""})]
            todo |= {need.name for need in needs}
            depends = [f"python {sys.version_info[0]}.{sys.version_info[1]}.*"]
            depends += [f"{conda_name(n.name)} {n.specifier}".strip() for n in needs]
            files = dict(self._files_of(found))
            self._pack("conda-forge", conda_name(name), found.version, depends, files)

    def add_pip(self, version: str) -> None:
        """The pip at hand, under the version that env files name."""
        files = dict(self._files_of(metadata.distribution("pip")))
        self._pack("conda-forge", "pip", version, ["python"], files)

    def add_wheel(self, name: str) -> None:
        """A wheel of an installed package of pure Python, for pip to install."""
        found = metadata.distribution(name)
        stem = f"{found.name.replace('-', '_')}-{found.version}"
        with zipfile.ZipFile(self.wheels / f"{stem}-py3-none-any.whl", "w") as wheel:
            for file in found.files or []:
                source = Path(found.locate_file(file))
                if not str(file).startswith("..") and "__pycache__" not in str(file):
                    wheel.write(source, str(file))

    def add_tools(self) -> None:
        """Debian's command-line tools."""
        for name, (package, pattern) in TOOLS.items():
            query = ["dpkg-query", "-Wf", "${Version}", package]
            version = subprocess.run(query, capture_output=True, text=True, check=True).stdout
            commands = sorted(Path("/usr/bin").glob(pattern))
            files = {f"bin/{path.name}": path.resolve() for path in commands}
            self._pack("bioconda", name, re.match(r"[\d.]*\d", version)[0], [], files)

    def add_empty(self, name: str, version: str, depends: list[str], build: str) -> None:
        """A package without files, for the solver alone."""
        self._pack("conda-forge", name, version, depends, {}, build=build)

    def index(self) -> None:
        """Write each channel's list of packages."""
        for channel in ("conda-forge", "bioconda"):
            (self.folder / channel / "noarch").mkdir(parents=True, exist_ok=True)
            asyncio.run(index_fs(self.folder / channel))

    def _files_of(self, found: metadata.Distribution):
        """(path in an environment, file here) of an installed package, byte-code included."""
        for file in found.files or []:
            here = Path(found.locate_file(file))
            inner = str(file)
            # headers of TensorFlow's C++ are twelve thousand files
            if not here.is_file() or inner.startswith("tensorflow/include/"):
                continue
            if inner.startswith("../../../"):
                yield inner.removeprefix("../../../"), here
            elif not inner.startswith(".."):
                yield f"{SITE}/{inner}", here
                compiled = (
                    here.parent / "__pycache__" / f"{here.stem}.{sys.implementation.cache_tag}.pyc"
                )
                if here.suffix == ".py" and compiled.exists():
                    yield f"{SITE}/{file.parent}/__pycache__/{compiled.name}", compiled

    def _pack(self, channel, name, version, depends, files, made=None, build=None) -> None:
        """Write one .conda package: `files` from this disk, `made` from bytes."""
        folder = self.folder / channel / "linux-64"
        folder.mkdir(parents=True, exist_ok=True)
        build = build or BUILDS.get(name, "local_0")
        contents, paths = [], []
        for inner, path in sorted(files.items()):
            placeholder = {}
            if inner.startswith("bin/") and str(sys.prefix).encode() in path.read_bytes()[:200]:
                placeholder = {"prefix_placeholder": sys.prefix, "file_mode": "text"}
            data = path.read_bytes()
            digest = hashlib.sha256(data).hexdigest()
            paths.append({"_path": inner, "path_type": "hardlink", "sha256": digest,
                          "size_in_bytes": len(data), **placeholder})  # fmt: skip
            info = tarfile.TarInfo(inner)
            info.size, info.mtime = len(data), int(path.stat().st_mtime)
            info.mode = 0o755 if inner.startswith("bin/") or ".so" in inner else 0o644
            contents.append((info, path))
        for inner, data in (made or {}).items():
            paths.append({"_path": inner, "path_type": "hardlink", "size_in_bytes": len(data),
                          "sha256": hashlib.sha256(data).hexdigest()})  # fmt: skip
            info = tarfile.TarInfo(inner)
            info.size = len(data)
            contents.append((info, data))
        index = {"name": name, "version": version, "build": build, "build_number": 0,
                 "depends": depends, "subdir": "linux-64"}  # fmt: skip
        with conda_builder(f"{name}-{version}-{build}", folder, **FAST) as archive:
            for part, content in (
                ("index", index),
                ("paths", {"paths": paths, "paths_version": 1}),
            ):
                data = json.dumps(content).encode()
                info = tarfile.TarInfo(f"info/{part}.json")
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
            for info, source in contents:
                if isinstance(source, bytes):
                    archive.addfile(info, io.BytesIO(source))
                else:
                    with source.open("rb") as file:
                        archive.addfile(info, file)
        self.depends.setdefault(name, depends)


def missing_tools() -> list[str]:
    """Debian packages of the tools that are not installed here."""
    if not shutil.which("dpkg-query"):
        return [package for package, _ in TOOLS.values()]
    query = ["dpkg-query", "-Wf", "${Version}"]
    return [
        package
        for package, _ in TOOLS.values()
        if subprocess.run([*query, package], capture_output=True, check=False).returncode
    ]
