from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.errors import StorageError
from include.samples.landing import MANIFEST, LandingFolder, SampleError, day_file

NAMES = [day_file("purchases", f"2026-01-0{day}") for day in (1, 2, 3)]


def write_sample(
    root: Path,
    names: list[str] = NAMES,
    sample: str = "ssg",
    settings: dict | None = None,
    force: bool = False,
    fail_at: str | None = None,
) -> LandingFolder:
    with LandingFolder(root, sample, settings or {"seed": 0}, force) as folder:
        for name in folder.list_pending(names):
            if name == fail_at:
                raise KeyboardInterrupt
            folder.write_table(name, pa.table({"day": [name]}))
        folder.finish()
    return folder


def read_manifest(root: Path) -> dict:
    return json.loads((root / MANIFEST).read_text())


def list_files(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_files_are_written_once_and_then_reused(tmp_path: Path) -> None:
    first, again = write_sample(tmp_path), write_sample(tmp_path)
    assert (first.written, first.reused) == (NAMES, [])
    assert (again.written, again.reused) == ([], NAMES)
    assert list_files(tmp_path) == [MANIFEST, *NAMES]
    assert pq.read_table(tmp_path / NAMES[1])["day"].to_pylist() == [NAMES[1]]


def test_force_writes_again(tmp_path: Path) -> None:
    write_sample(tmp_path)
    assert write_sample(tmp_path, force=True).written == NAMES


def test_a_cut_off_writer_is_seen_and_carried_on(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        write_sample(tmp_path, fail_at=NAMES[2])
    assert read_manifest(tmp_path)["complete"] is False
    again = write_sample(tmp_path)
    assert again.cut_off
    assert (again.written, again.reused) == ([NAMES[2]], NAMES[:2])
    assert read_manifest(tmp_path)["complete"] is True


def test_what_a_killed_writer_left_half_written_is_no_delivery(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        write_sample(tmp_path, fail_at=NAMES[2])
    (tmp_path / ".partial").mkdir()
    (tmp_path / ".partial" / "purchases_dt=2026-01-03_part-0.parquet").write_bytes(b"half")
    assert not (tmp_path / NAMES[2]).exists()
    write_sample(tmp_path)
    assert list_files(tmp_path) == [MANIFEST, *NAMES]


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"PAR1")])
def test_a_lost_or_changed_file_is_written_again(tmp_path: Path, damage) -> None:
    whole = (write_sample(tmp_path).root / NAMES[1]).read_bytes()
    damage(tmp_path / NAMES[1])
    assert write_sample(tmp_path).written == [NAMES[1]]
    assert (tmp_path / NAMES[1]).read_bytes() == whole


def test_more_days_are_added(tmp_path: Path) -> None:
    write_sample(tmp_path, NAMES[:1])
    more = write_sample(tmp_path, NAMES)
    assert (more.written, more.reused) == (NAMES[1:], NAMES[:1])


@pytest.mark.parametrize("force", [False, True])
def test_another_samples_folder_is_refused(tmp_path: Path, force: bool) -> None:
    write_sample(tmp_path)
    before = list_files(tmp_path)
    with pytest.raises(SampleError, match=r"holds the sample ssg: give completejourney a folder"):
        write_sample(tmp_path, sample="completejourney", force=force)
    assert list_files(tmp_path) == before


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_with_other_files_is_refused(tmp_path: Path, force: bool) -> None:
    (tmp_path / "thesis.doc").write_text("precious")
    with pytest.raises(SampleError, match="no sample wrote: give an empty folder"):
        write_sample(tmp_path, force=force)
    assert list_files(tmp_path) == ["thesis.doc"]


def test_other_settings_are_refused_and_replaced_by_force(tmp_path: Path) -> None:
    write_sample(tmp_path)
    with pytest.raises(SampleError, match="seed 0 there, 1 asked"):
        write_sample(tmp_path, settings={"seed": 1})
    assert list_files(tmp_path) == [MANIFEST, *NAMES]
    write_sample(tmp_path, NAMES[:1], settings={"seed": 1}, force=True)
    assert list_files(tmp_path) == [MANIFEST, NAMES[0]]
    assert not (tmp_path / NAMES[1]).parent.exists(), "an empty day folder reads as a broken delivery"


@pytest.mark.parametrize("content", ["{", "[]", '{"sample": "ssg"}'])
def test_a_manifest_that_is_none_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / MANIFEST).write_text(content)
    with pytest.raises(SampleError, match="not readable: give an empty folder"):
        write_sample(tmp_path)


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SampleError, match="is a file: give a folder"):
        write_sample(tmp_path / "file")
    with pytest.raises(StorageError, match="Not a directory; give a folder that can be written"):
        write_sample(tmp_path / "file" / "below")


def test_a_full_disk_leaves_no_half_file(tmp_path: Path) -> None:
    """A limit on the size of files stands for the full disk; it needs a process of its own."""
    import subprocess
    import sys

    code = f"""
import resource, signal
from pathlib import Path
import numpy as np, pyarrow as pa
from include.errors import StorageError
from include.samples.landing import LandingFolder
noise = np.random.default_rng(0).random(50_000)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
with LandingFolder(Path({str(tmp_path)!r}), "ssg", {{}}) as folder:
    folder.list_pending(["a/dt=1/part-0.parquet"])
    try:
        folder.write_table("a/dt=1/part-0.parquet", pa.table({{"x": noise}}))
    except StorageError as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "File too large; give a folder that can be written." in done.stdout
    assert list_files(tmp_path) == [MANIFEST]
