"""Bundles in .zip archives: the same as in folders, and one line for what no bundle is."""

import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from workflow_scripts.chromaloom.ml import bundle_files
from workflow_scripts.chromaloom.ml.bundle_files import MAX_MEMBERS, zip_folder
from workflow_scripts.chromaloom.ml.bundles import read_bundle, write_bundle
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.setup.zip_bundle import main as zip_bundle


@pytest.fixture
def bundle(tmp_path):
    """Folder of a bundle of two networks."""
    networks = {}
    for seed in (1, 2):
        networks[f"seed{seed}"] = tmp_path / f"{seed}.keras"
        with zipfile.ZipFile(networks[f"seed{seed}"], "w") as archive:
            archive.writestr("model.weights.h5", bytes([seed]) * 1000)
    facts = {"paper": "p", "model": "m", "inputs": {"n_bins": 100}, "metrics": []}
    write_bundle(tmp_path / "made/bundle", facts, networks, "card", {"folds.tsv": "gene\tfold\n"})
    return tmp_path / "made/bundle"


def packed(folder, out, *, top):
    """An archive of a folder or of its content as `zip -r` writes it, with entries of folders."""
    base = folder.parent if top else folder
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in [folder, *sorted(folder.rglob("*"))]:
            if path != base:
                archive.write(path, path.relative_to(base))
    return out


@pytest.mark.parametrize("way", ["command", "with the folder", "its content"])
def test_an_archive_is_the_same_bundle_as_its_folder(bundle, tmp_path, way):
    if way == "command":
        zip_bundle(str(bundle), str(tmp_path / "x.zip"))
    else:
        packed(bundle, tmp_path / "x.zip", top=way == "with the folder")
    folder, archive = read_bundle(bundle, "w"), read_bundle(tmp_path / "x.zip", "w")
    assert archive.facts == folder.facts
    assert archive.names == folder.names
    assert archive.files == [str(tmp_path / "x.zip")]
    assert archive.text("folds.tsv") == folder.text("folds.tsv") == "gene\tfold\n"
    pairs = list(zip(folder.weights, archive.weights, strict=True))
    assert len(pairs) == 2
    for ours, theirs in pairs:
        assert Path(ours).read_bytes() == Path(theirs).read_bytes()
        assert Path(theirs).name == Path(ours).name


def test_nothing_is_extracted_before_the_weights_are_read(bundle, tmp_path, monkeypatch):
    zip_folder(bundle, tmp_path / "x.zip")
    monkeypatch.setattr(bundle_files.ZipFiles, "extract", lambda *_: pytest.fail("extracted"))
    found = read_bundle(tmp_path / "x.zip", "w")
    assert found.inputs == {"n_bins": 100}
    assert found.files == [str(tmp_path / "x.zip")]


def test_extracted_weights_are_removed_when_the_process_ends(bundle, tmp_path):
    zip_folder(bundle, tmp_path / "x.zip")
    program = (
        "import sys; from workflow_scripts.chromaloom.ml.bundles import read_bundle;"
        "print(*read_bundle(sys.argv[1], 'w').weights, sep='\\n')"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "x.zip")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    paths = [Path(line) for line in done.stdout.splitlines()]
    assert [path.name for path in paths] == ["seed1.keras", "seed2.keras"]
    assert not any(path.parent.parent.exists() for path in paths)


def test_equal_bundles_are_equal_archives(bundle, tmp_path, capsys):
    zip_bundle(str(bundle))
    again = tmp_path / "other/bundle"
    again.mkdir(parents=True)
    for path in sorted(bundle.rglob("*"), reverse=True):
        if path.is_file():
            (again / path.relative_to(bundle)).parent.mkdir(exist_ok=True)
            (again / path.relative_to(bundle)).write_bytes(path.read_bytes())
    zip_bundle(str(again))
    assert capsys.readouterr().out.splitlines() == [f"{bundle}.zip", f"{again}.zip"]
    first, second = (Path(f"{folder}.zip").read_bytes() for folder in (bundle, again))
    assert first == second


def test_only_bundles_are_packed(tmp_path):
    with pytest.raises(SystemExit, match=r"error: zip_bundle: .*no model.yaml"):
        zip_bundle(str(tmp_path / "mine"))


def link(name):
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (["bundle/../../x"], "member 'bundle/../../x' leads out of the archive"),
        (["/etc/x"], "member '/etc/x' leads out of the archive"),
        (["C:/x"], "member 'C:/x' leads out of the archive"),
        (["bundle\\x"], r"has backslashes; expected: the files of a bundle"),
        ([link("bundle/weights/x")], "member 'bundle/weights/x' is a symbolic link"),
        (["bundle/model.yaml"], "member 'bundle/model.yaml' occurs twice"),
        (["other/model.yaml"], "has 2 files model.yaml; expected: one bundle in the archive"),
        ([f"x{n}" for n in range(MAX_MEMBERS)], "members; expected: at most 10000"),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_members_that_no_bundle_has_are_refused_in_one_line(bundle, tmp_path, members, message):
    packed(bundle, tmp_path / "x.zip", top=True)
    with zipfile.ZipFile(tmp_path / "x.zip", "a") as archive:
        for member in members:
            archive.writestr(member, "x")
    with pytest.raises(UserError) as caught:
        read_bundle(tmp_path / "x.zip", "c.yaml: apply.x.bundle")
    assert str(caught.value).startswith(f"c.yaml: apply.x.bundle: {tmp_path / 'x.zip'}: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ("cut", "not a readable .zip archive"),
        ("byte", "not a readable .zip archive"),
        ("empty", "no model.yaml; expected: the folder of a bundle, or a .zip archive of it"),
        ("text gone", "no file folds.tsv; fix: copy the bundle again"),
        ("edited", "model.yaml has another checksum than in sha256sums"),
        ("long", "model.yaml has 67108865 bytes; expected: at most"),
        ("encrypted", "member 'bundle/card.md' is encrypted"),
    ],
)  # fmt: skip
def test_a_damaged_archive_is_refused_in_one_line(bundle, tmp_path, damage, message):
    path = tmp_path / "x.zip"
    if damage == "edited":
        (bundle / "model.yaml").write_text((bundle / "model.yaml").read_text() + "x: 1\n")
    elif damage == "text gone":
        (bundle / "folds.tsv").unlink()
    packed(bundle, path, top=True)
    data = path.read_bytes()
    if damage == "cut":
        path.write_bytes(data[:-30])
    elif damage == "byte":  # within the compressed model.yaml
        place = data.index(b"bundle/model.yaml") + 40
        path.write_bytes(data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :])
    elif damage == "encrypted":  # flag in the entry of the central directory
        entry = data.rindex(b"PK\x01\x02", 0, data.rindex(b"bundle/card.md"))
        path.write_bytes(data[: entry + 8] + b"\x01" + data[entry + 9 :])
    elif damage in ("empty", "long"):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            if damage == "long":
                archive.writestr("model.yaml", bytes(bundle_files.MAX_TEXT + 1))
    with pytest.raises(UserError) as caught:
        read_bundle(path, "w")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
