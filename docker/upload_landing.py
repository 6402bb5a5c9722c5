"""Copy landing files to where an advertiser's are expected: `upload_landing.py FOLDER ADVERTISER`.

A day's folder is ready for ingest as soon as it has a file, so upload days before their DAG runs, or give
each day one file.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from include.errors import DangolError, MissingDataError, StorageError
from include.settings import Place, load_advertiser


def upload_folder(folder: Path, place: Place) -> int:
    """Copy every file below `folder` to the same path below `place`, replacing what is there.

    Returns the number of files. Raises MissingDataError where there is none, StorageError where the store
    refuses one.
    """
    from airflow.sdk import ObjectStoragePath
    from tqdm import tqdm

    files = sorted(path for path in folder.rglob("*") if path.is_file())
    if not files:
        raise MissingDataError(f"{folder} has no files: name the folder that holds purchases/dt=YYYY-MM-DD.")
    target = ObjectStoragePath(place.url, conn_id=place.connection)
    for file in tqdm(files, unit="file"):
        try:
            (target / file.relative_to(folder).as_posix()).write_bytes(file.read_bytes())
        except OSError as error:
            raise StorageError(f"{file} could not be copied to {place.url}: {error}.") from None
    return len(files)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("advertiser")
    chosen = parser.parse_args()
    try:
        landing = load_advertiser(chosen.advertiser).landing
        print(f"{upload_folder(chosen.folder, landing)} files are at {landing.url}.")
    except DangolError as error:
        raise SystemExit(str(error)) from None
