"""make_venv.sh with real interpreters, in a checkout whose requirements are empty (so without a network)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPT = Path("include", "local", "make_venv.sh")


def make_checkout(folder: Path) -> Path:
    (folder / SCRIPT).parent.mkdir(parents=True)
    for script in (SCRIPT, SCRIPT.with_name("write_command.py")):
        shutil.copy(ROOT / script, folder / script)
    for name in ("", "-dev", "-bench", "-bench-spark", "-bench-buffalo"):
        (folder / f"requirements{name}.txt").write_text("")
    (folder / "bin").mkdir()
    for name in ("sh", "cat", "cksum", "dirname", "head", "rm", "touch"):
        (folder / "bin" / name).symlink_to(shutil.which(name) or f"/bin/{name}")
    return folder


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return make_checkout(tmp_path / "checkout")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout that is set up for run. To make a virtual environment takes most of a test's time."""
    checkout = make_checkout(tmp_path_factory.mktemp("template") / "checkout")
    add_python(checkout, "python3")
    assert make_venv(checkout).returncode == 0
    return checkout


@pytest.fixture
def set_up(template: Path, tmp_path: Path) -> Path:
    """A copy of it; an environment without packages minds no other place."""
    return Path(shutil.copytree(template, tmp_path / "checkout", symlinks=True))


def add_python(checkout: Path, name: str, version: tuple[int, int] | None = None) -> None:
    """An interpreter on the checkout's PATH: this one, or one that says it is of another version."""
    real = sys.base_prefix + f"/bin/python{sys.version_info[0]}.{sys.version_info[1]}"
    path = checkout / "bin" / name
    if version is None:
        path.write_text(f'#!/bin/sh\nexec "{real}" "$@"\n')
    else:
        said = f"import sys; sys.version_info = {(*version, 0)}; exec(sys.argv.pop(1))"
        path.write_text(
            f'#!/bin/sh\n[ "$1" = --version ] && echo "Python {version[0]}.{version[1]}.0" && exit\n'
            f'shift\nexec "{real}" -c "{said}" "$@"\n'
        )
    path.chmod(0o755)


def make_venv(checkout: Path, kind: str = "run", **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": str(checkout / "bin"), "HOME": str(checkout), "PIP_NO_INDEX": "1", **variables}
    return subprocess.run(
        ["sh", str(checkout / SCRIPT), kind], cwd="/", env=environment, capture_output=True, text=True
    )


def test_it_is_made_once_for_each_version_of_the_requirements(checkout: Path) -> None:
    add_python(checkout, "python3")
    first = make_venv(checkout)
    assert first.returncode == 0, first.stderr
    assert "making .venv" in first.stdout
    again = make_venv(checkout)
    assert (again.returncode, again.stdout) == (0, "")
    (checkout / "requirements.txt").write_text("# changed\n")
    changed = make_venv(checkout)
    assert "installing requirements.txt" in changed.stdout
    assert "making .venv" not in changed.stdout


def test_the_tools_serve_the_demo_and_not_the_other_way(set_up: Path) -> None:
    make_venv(set_up, "dev")
    assert make_venv(set_up, "run").stdout == ""
    (set_up / ".venv" / ".installed-dev").rename(set_up / ".venv" / ".installed-run")
    assert "requirements-dev.txt" in make_venv(set_up, "dev").stdout


def test_the_peers_of_the_benchmarks_are_added_to_what_is_there(set_up: Path) -> None:
    make_venv(set_up, "dev")
    assert "installing requirements.txt requirements-bench.txt" in make_venv(set_up, "bench").stdout
    assert [make_venv(set_up, kind).stdout for kind in ("bench", "dev", "run")] == ["", "", ""]
    (set_up / "requirements-bench.txt").write_text("# changed\n")
    assert [make_venv(set_up, kind).stdout == "" for kind in ("dev", "run", "bench")] == [True, True, False]


def test_the_peer_with_an_older_numpy_has_an_environment_of_its_own(checkout: Path) -> None:
    add_python(checkout, "python3", (3, 12))
    refused = make_venv(checkout, "buffalo")
    assert "Python 3.11 is needed and not there (python3: Python 3.12.0)" in refused.stderr
    if sys.version_info[:2] == (3, 11):
        add_python(checkout, "python3.11")
        assert "installing requirements-bench-buffalo.txt" in make_venv(checkout, "buffalo").stdout
        assert make_venv(checkout, "buffalo").stdout == ""
        assert (checkout / ".venv-buffalo").exists()
    assert not (checkout / ".venv").exists()


def test_spark_has_one_too(checkout: Path) -> None:
    add_python(checkout, "python3")
    assert "installing requirements-bench-spark.txt" in make_venv(checkout, "spark").stdout
    assert make_venv(checkout, "spark").stdout == ""
    assert [path.name for path in checkout.glob(".venv*")] == [".venv-spark"]


def test_an_unknown_kind_is_refused(checkout: Path) -> None:
    made = make_venv(checkout, "all")
    assert (made.returncode, made.stderr) == (1, "setup: say run, dev, bench, spark or buffalo, not all.\n")


def test_a_suitable_python_is_found_behind_one_that_is_not(checkout: Path) -> None:
    add_python(checkout, "python3", (3, 9))
    (checkout / "bin" / "python3.12").write_text("#!/bin/sh\necho 'pyenv: no such version' >&2; exit 127\n")
    (checkout / "bin" / "python3.12").chmod(0o755)
    add_python(checkout, "python3.13")
    made = make_venv(checkout)
    assert made.returncode == 0, made.stderr
    assert "python3.13" in made.stdout


@pytest.mark.parametrize("version", [(3, 10), (3, 14)])
def test_another_python_is_refused_with_a_sentence(checkout: Path, version: tuple[int, int]) -> None:
    add_python(checkout, "python3", version)
    made = make_venv(checkout)
    assert made.returncode == 1
    assert (
        f"Python 3.11, 3.12 or 3.13 is needed and not there (python3: Python 3.{version[1]}.0)" in made.stderr
    )
    assert not (checkout / ".venv").exists()
    named = make_venv(checkout, PYTHON="python3")
    assert "PYTHON=python3 is not Python 3.11, 3.12 or 3.13" in named.stderr


@pytest.mark.parametrize("mark", [".installing", "bin/python"])
def test_a_set_up_that_was_killed_begins_again(set_up: Path, mark: str) -> None:
    (set_up / ".venv" / ".installed-run").unlink()
    (set_up / ".venv" / "half").touch()
    broken = set_up / ".venv" / mark
    broken.unlink(missing_ok=True)
    if mark == ".installing":
        broken.touch()
    again = make_venv(set_up)
    assert again.returncode == 0, again.stderr
    assert "did not finish" in again.stdout
    assert not (set_up / ".venv" / "half").exists()
    assert make_venv(set_up).stdout == ""


def test_packages_that_cannot_be_had_leave_what_was_there(set_up: Path) -> None:
    (set_up / ".venv" / "kept").touch()
    (set_up / "requirements.txt").write_text("./absent.whl\n")
    failed = make_venv(set_up)
    assert failed.returncode == 1
    assert "setup: the packages could not be installed" in failed.stderr
    (set_up / "requirements.txt").write_text("")
    assert make_venv(set_up).returncode == 0
    assert (set_up / ".venv" / "kept").exists()


def test_dangol_is_a_command_of_the_checkout_from_any_folder(tmp_path: Path) -> None:
    """A checkout whose path a shell would split, with a package of its own in the place of ours."""
    checkout = tmp_path / "it's a checkout"
    (checkout / "include" / "local").mkdir(parents=True)
    for name in ("make_venv.sh", "write_command.py"):
        shutil.copy(ROOT / "include" / "local" / name, checkout / "include" / "local" / name)
    (checkout / "requirements.txt").write_text("")
    (checkout / "requirements-dev.txt").write_text("")
    (checkout / "include" / "__init__.py").write_text("")
    (checkout / "include" / "run.py").write_text("import sys; print(sys.argv[1:], sys.prefix)")
    (checkout / "bin").mkdir()
    for name in ("sh", "cat", "cksum", "dirname", "head", "rm", "touch"):
        (checkout / "bin" / name).symlink_to(shutil.which(name) or f"/bin/{name}")
    add_python(checkout, "python3")
    made = make_venv(checkout)
    assert made.returncode == 0, made.stderr
    command = checkout / ".venv" / "bin" / "dangol"
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "include").mkdir(parents=True)
    (elsewhere / "include" / "__init__.py").write_text("raise SystemExit('another include')")
    said = subprocess.run([command, "a b", "$c"], cwd=elsewhere, capture_output=True, text=True)
    assert said.stdout.strip() == f"['a b', '$c'] {checkout / '.venv'}", said.stderr
    written = command.stat().st_mtime_ns
    assert make_venv(checkout).stdout == ""
    assert command.stat().st_mtime_ns == written, "a repetition writes nothing"
    command.unlink()
    assert make_venv(checkout).stdout == ""
    assert os.access(command, os.X_OK), "it comes back without an installation"


def test_the_script_is_plain_sh() -> None:
    assert os.access(ROOT / SCRIPT, os.X_OK)
    assert subprocess.run(["sh", "-n", str(ROOT / SCRIPT)]).returncode == 0
