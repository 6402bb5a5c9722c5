"""Tables of text."""

from __future__ import annotations

from collections.abc import Sequence


def compose_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines with the columns side by side, numbers to the right."""
    cells = [tuple(columns), *rows]
    widths = [max(len(row[place]) for row in cells) for place in range(len(columns))]
    numeric = [bool(rows) and all(_is_number(row[place]) for row in rows) for place in range(len(columns))]
    return [
        "  " + "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ).rstrip()
        for row in cells
    ]  # fmt: skip


def _is_number(cell: str) -> bool:
    return cell.replace(",", "").replace(".", "").isdigit()
