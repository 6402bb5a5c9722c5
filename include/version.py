"""The version of Dangol, of which the changelog's newest heading tells; a warehouse's schema has its own."""

from __future__ import annotations

from typing import Final

VERSION: Final = "0.1.0"
