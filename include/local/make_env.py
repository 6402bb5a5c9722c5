"""Write the .env of the Docker deployment: `python3 -m include.local.make_env` (what `make env` runs).

`.env.example` is the template: a variable without a value there is a secret and gets a random one. Only the
standard library, because a machine that runs containers need not have our virtual environment.
"""

from __future__ import annotations

import argparse
import base64
import os
import re
import secrets
import string
import sys
from pathlib import Path

from include.errors import LocalServiceError

ROOT = Path(__file__).resolve().parent.parent.parent

# Some secrets become part of a URL and some of a command line: no character that means something in either.
_ALPHABET = string.ascii_letters + string.digits
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)")


def parse_variables(text: str) -> dict[str, str]:
    """The variables that a .env text assigns, in its order."""
    found = (_ASSIGNMENT.fullmatch(line.strip()) for line in text.splitlines())
    return {match[1]: match[2] for match in found if match}


def make_secret(name: str) -> str:
    """A random value of at least 238 bits; for a Fernet key its 32 bytes in URL-safe base64."""
    if name.endswith("FERNET_KEY"):
        return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    # A key that signs with HMAC-SHA512 should have no fewer than 64 characters.
    length = 64 if name.endswith(("_SECRET", "_SECRET_KEY")) else 40
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def fill_template(template: str, known: dict[str, str]) -> str:
    """The template with the values of `known`, and random ones where neither has any."""
    lines = []
    for line in template.splitlines():
        if match := _ASSIGNMENT.fullmatch(line.strip()):
            name, default = match.groups()
            line = f"{name}={known.get(name) or default or make_secret(name)}"
        lines.append(line)
    extra = {name: value for name, value in known.items() if name not in parse_variables(template)}
    return "\n".join([*lines, *(f"{name}={value}" for name, value in extra.items())]) + "\n"


def write_env(folder: Path, *, force: bool = False) -> tuple[Path, list[str]]:
    """Write `folder/.env` with mode 600 and return it with the names that it gave a value to.

    Values that are there are kept, so that nothing is named where the file was complete; `force` makes
    every secret anew. Raises LocalServiceError where a file cannot be read or written.
    """
    template, target = folder / ".env.example", folder / ".env"
    try:
        wanted = template.read_text(encoding="utf-8")
        known = {} if force or not target.exists() else parse_variables(target.read_text(encoding="utf-8"))
        filled = [name for name in parse_variables(wanted) if not known.get(name)]
        if filled:
            partial = target.with_name(f".env.{os.getpid()}")
            partial.unlink(missing_ok=True)
            with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(fill_template(wanted, known))
            partial.replace(target)
        target.chmod(0o600)
    except (OSError, UnicodeDecodeError) as error:
        raise LocalServiceError(f"{target} cannot be made from {template.name}: {error}.") from None
    return target, filled


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make env", description="Write .env with random secrets.")
    parser.add_argument("--force", action="store_true", help="replace a .env and every secret in it")
    force = parser.parse_args(arguments).force
    try:
        target, filled = write_env(ROOT, force=force)
    except LocalServiceError as error:
        print(error, file=sys.stderr)
        return 1
    if not filled:
        print(f"{target.name} is complete and stays as it is; --force makes every secret anew.")
        return 0
    print(f"{target.name}: wrote {len(filled)} values (mode 600). Next: docker compose up -d")
    if force:
        print("Volumes made with the old secrets no longer open: see docs/how-to/deploy.md, Change a secret.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
