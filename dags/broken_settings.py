"""No DAG: an advertiser whose YAML is wrong shows here as an import error, and stops no other advertiser."""

from __future__ import annotations

from airflow.sdk import DAG  # noqa: F401  (Airflow looks for its name before it reads a file)

from include.errors import SettingsError
from include.settings import advertiser_files, read_advertiser

_mistakes = []
for _path in advertiser_files():
    try:
        read_advertiser(_path)
    except SettingsError as error:
        _mistakes.append(str(error))
if _mistakes:
    raise SettingsError("\n".join(_mistakes))
