"""What a part of the harness has counted."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Counts:
    """`violations` are sentences; the part has failed where there are any."""

    part: str
    figures: dict[str, float] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)

    def add(self, name: str, count: float = 1) -> None:
        self.figures[name] = self.figures.get(name, 0) + count

    def check(self, holds: bool, sentence: str) -> None:
        self.add("checks")
        if not holds:
            self.violations.append(sentence)

    def __str__(self) -> str:
        figures = ", ".join(
            f"{name} {count:,.3g}" if count % 1 else f"{name} {count:,.0f}"
            for name, count in self.figures.items()
        )
        shown = [f"    {sentence}" for sentence in self.violations[:10]]
        return "\n".join([f"{self.part}: {figures}, violations {len(self.violations):,}", *shown])
