"""Sub-customers: who stands below whom (reference 7.2, Job and ParentRef)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

DEEPEST_LEVEL = 4  # four levels below the top, five in all


class Family:
    """The tree of one kind of name, by id."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}
        self._children: dict[str, set[str]] = defaultdict(set)

    def place(self, id: str, parent: str | None) -> None:
        """Put a name below another, or at the top."""
        self.remove(id)
        if parent is not None:
            self._parent[id] = parent
            self._children[parent].add(id)

    def remove(self, id: str) -> None:
        before = self._parent.pop(id, None)
        if before is not None:
            self._children[before].discard(id)

    def children(self, id: str) -> list[str]:
        return sorted(self._children.get(id, ()), key=int)

    def ancestors(self, id: str) -> Iterator[str]:
        """From the parent up to the top."""
        parent = self._parent.get(id)
        while parent is not None:
            yield parent
            parent = self._parent.get(parent)

    def level(self, id: str) -> int:
        return sum(1 for _ in self.ancestors(id))

    def height(self, id: str) -> int:
        """How many levels stand below a name."""
        return max((1 + self.height(child) for child in self._children.get(id, ())), default=0)

    def descendants(self, id: str) -> Iterator[str]:
        for child in self._children.get(id, ()):
            yield child
            yield from self.descendants(child)
