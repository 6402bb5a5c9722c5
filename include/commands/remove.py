"""`dangol remove`: take an advertiser's schemas, lake and run folders away; a dry run by default."""

from __future__ import annotations

import logging
import re
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include import settings
from include.commands.answer import Answer
from include.errors import PermanentError, SettingsError
from include.feeds.registry import FEEDS
from include.settings import Advertiser, Place, read_advertiser
from include.settings.place import BLENDS, RUNS, is_within

if TYPE_CHECKING:
    from include.ingest.storage import Folder

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Part:
    """A schema or a folder of the lake, and what is in it: tables and views, or files."""

    kind: str
    name: str
    holds: int
    bytes: int


def add_commands(commands: Any) -> None:
    command = commands.add_parser(
        "remove",
        help="take away what an advertiser has in the warehouse and the lake; a dry run by default",
        description="Lists the two schemas and the lake's folders of an advertiser with their sizes, and with"
        " --for-real drops and removes them. Landing folders are never touched, and the YAML stays: delete it"
        " first, else the DAGs make everything anew. Also works when the YAML is gone.",
    )
    command.add_argument(
        "--advertiser", required=True, metavar="NAME", help="its name, also when it is no more"
    )
    command.add_argument(
        "--for-real", "--yes", action="store_true", help="remove; without it nothing changes"
    )
    command.add_argument(
        "--lake", metavar="URI", help="where its lake was, when the YAML is gone (default: lake)"
    )
    command.add_argument("--json", action="store_true", help="for machines")
    command.set_defaults(run=_run)


def _run(options: Namespace) -> Answer:
    name, for_real = options.advertiser, options.for_real
    _check_name(name)
    path = settings.ADVERTISERS / f"{name}.yaml"
    advertiser, notes = _read_leniently(path)
    if for_real and not advertiser and path.exists() and not options.lake:
        raise SettingsError(
            f"{path.name} has mistakes, so where its lake is, and whether landing lies in it, is not known:"
            " correct the file (dangol check names them), or name the lake with --lake."
        )
    lake = Place(uri=options.lake) if options.lake else advertiser.lake if advertiser else Place(uri="lake")
    if not advertiser and not options.lake:
        notes.append(f"The lake is taken to be {lake.url}; if it was another, name it with --lake.")
    folders = _find_folders(name, lake, advertiser)
    parts = [*_remove_schemas(name, for_real=for_real), *_remove_folders(folders, for_real=for_real)]
    if path.exists():
        notes.append(f"{path} stays: delete it, else its DAGs make all of this again.")
    value = {"advertiser": name, "removed": for_real, "parts": [vars(part) for part in parts], "notes": notes}
    text = "\n".join(_compose_lines(name, parts, notes, for_real=for_real))
    return Answer(value, None if options.json else text)


def _check_name(name: str) -> None:
    """Raises SettingsError for what cannot be the name of an advertiser, and so of its schemas."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,22}", name) or name.startswith(
        ("pg_", "information_schema", "public")
    ):
        raise SettingsError(f"{name!r} is not an advertiser's name: lower-case letters, digits, underscores.")
    if name.endswith("_store"):
        raise SettingsError(f"{name} is the store of an advertiser: name the advertiser, without _store.")


def _read_leniently(path: Path) -> tuple[Advertiser | None, list[str]]:
    if not path.exists():
        return None, [f"{path.name} is not there, so only what goes by the name is looked for."]
    try:
        return read_advertiser(path), []
    except SettingsError:
        return None, [f"{path.name} has mistakes (dangol check names them), so it is not read."]


def _find_folders(name: str, lake: Place, advertiser: Advertiser | None) -> list[Folder]:
    """The folders of feeds, runs and rankers that there are; none that the landing place is in."""
    from include.ingest.storage import Folder

    found = []
    for below in (*FEEDS, RUNS, BLENDS):
        url = f"{lake.url.rstrip('/')}/{name}/{below}"
        if advertiser and (is_within(advertiser.landing.url, url) or is_within(url, advertiser.landing.url)):
            raise PermanentError(
                f"{url} and the landing place {advertiser.landing.url} lie in one another, so nothing is"
                " removed: remove the lake's part by hand."
            )
        folder = Folder(Place(uri=url, conn_id=lake.conn_id))
        if folder.list_entries() is not None:
            found.append(folder)
    return found


def _remove_folders(folders: list[Folder], *, for_real: bool) -> list[Part]:
    parts = []
    for folder in folders:
        sizes = list(_list_sizes(folder))
        parts.append(Part("folder", folder.url, len(sizes), sum(sizes)))
        if for_real:
            folder.remove()
            log.info("Removed %s", folder.url)
    return parts


def _list_sizes(folder: Folder) -> Iterator[int]:
    from include.ingest.storage import Folder

    for entry in folder.list_entries() or []:
        if entry.is_folder:
            place = Place(uri=f"{folder.url}/{entry.name}", conn_id=folder.place.conn_id)
            yield from _list_sizes(Folder(place))
        else:
            yield entry.size_bytes


def _remove_schemas(name: str, *, for_real: bool) -> list[Part]:
    from include.warehouse import look_into_warehouse

    with look_into_warehouse(name) as warehouse:
        held = warehouse.remove(for_real=for_real)
    parts = [Part("schema", each.name, each.relations, each.bytes) for each in held]
    for part in parts if for_real else ():
        log.info("Removed the schema %s", part.name)
    return parts


def _compose_lines(name: str, parts: list[Part], notes: list[str], *, for_real: bool) -> Iterator[str]:
    if not parts:
        yield f"There is nothing of {name} in the warehouse or the lake."
    for part in parts:
        what = "tables and views" if part.kind == "schema" else "files"
        verb = "removed" if for_real else "would go"
        yield f"{verb}: {part.kind} {part.name}, {part.holds:,} {what}, {_write_size(part.bytes)}"
    yield from notes
    if parts and not for_real:
        yield "Nothing has been removed. The same command with --for-real removes it; landing files stay."


def _write_size(count: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:,.0f} {unit}"
        count /= 1000
    return f"{count:,.1f} GB"
