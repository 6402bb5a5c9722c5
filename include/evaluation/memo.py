"""What contenders have trained on a window, as far as it was asked for lately."""

from __future__ import annotations

from typing import Any


class RecentMemo(dict[Any, Any]):
    """Holds so many results; a further one takes the place of the one that was asked for longest ago."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def __getitem__(self, key: Any) -> Any:
        value = super().pop(key)
        super().__setitem__(key, value)
        return value

    def __setitem__(self, key: Any, value: Any) -> None:
        super().pop(key, None)
        super().__setitem__(key, value)
        while len(self) > self._most:
            del self[next(iter(self))]
