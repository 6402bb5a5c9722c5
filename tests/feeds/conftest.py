"""The mall of the ingest's tests."""

from tests.ingest.conftest import make_mall

__all__ = ["make_mall"]
