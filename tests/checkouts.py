"""A copy of the checkout to which a page adds a file and a line, and the commands of the page in it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from include.local.write_command import write_command
from include.settings import ROOT


@dataclass(frozen=True)
class Checkout:
    """Its code is a copy, without advertisers; landing and lake are below `.local`."""

    root: Path

    @classmethod
    def copy(cls, root: Path) -> Checkout:
        ignored = shutil.ignore_patterns("__pycache__", "advertisers")
        shutil.copytree(ROOT / "include", root / "include", ignore=ignored)
        (root / "include" / "advertisers").mkdir(exist_ok=True)
        program = root / ".venv" / "bin"
        program.mkdir(parents=True)
        (program / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        (program / "python").chmod(0o755)
        write_command(root)
        return cls(root)

    def add_file(self, path: str, text: str) -> None:
        assert not (self.root / path).exists(), path
        (self.root / path).write_text(text, encoding="utf-8")

    def add_line(self, path: str, registry: str, line: str) -> None:
        """Add a line at the end of a registry, which is a dict of that name."""
        file = self.root / path
        before, name, after = file.read_text(encoding="utf-8").partition(f"\n{registry}: ")
        assert name, f"{path} has no {registry}"
        lines, end, rest = after.partition("\n}")
        file.write_text(f"{before}{name}{lines}\n{line.rstrip()}{end}{rest}", encoding="utf-8")

    def change_settings(self, name: str, changes: dict[str, Any]) -> None:
        path = self.root / "include" / "advertisers" / f"{name}.yaml"
        merged = yaml.safe_load(path.read_text(encoding="utf-8")) | changes
        path.write_text(yaml.safe_dump(merged, sort_keys=False), encoding="utf-8")

    def run(self, commands: str) -> str:
        """What they print, stderr after stdout. They must succeed."""
        path = f"{self.root}/.venv/bin:{os.environ['PATH']}"
        environment = {**os.environ, "PATH": path, "DANGOL_DATA": str(self.root / ".local")}
        environment.pop("DANGOL_ADVERTISERS", None)
        done = subprocess.run(
            ["sh", "-ec", commands], cwd=self.root, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return f"{done.stdout}\n{done.stderr}"


def list_blocks(page: Path) -> Iterator[tuple[str, str, str]]:
    """The text before each block of a page, the block's kind and its text, in order."""
    yield from re.findall(r"(.*?)^```(\w+)\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)
