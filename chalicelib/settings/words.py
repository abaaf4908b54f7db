"""How a mistake is worded: the nearest right thing, and lists that are not too long."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

ALIKE = 0.6
LISTED_MAX = 12


def nearest(wrong: str, right: Iterable[str]) -> str | None:
    """The one of `right` that is most like `wrong`, without regard to case; None where none is alike."""
    by_folded: dict[str, str] = {}
    for one in right:
        by_folded.setdefault(one.casefold(), one)
    found = difflib.get_close_matches(wrong.casefold(), by_folded, 1, ALIKE)
    return by_folded[found[0]] if found else None


def nearest_labelled(wrong: str, labels: Mapping[str, str]) -> str | None:
    """The name that is most like `wrong`, or whose label is: people know a property by the label on the screen."""
    by_name, by_label = nearest(wrong, labels), nearest(wrong, labels.values())
    if by_label is None or (by_name is not None and _alike(wrong, by_name) >= _alike(wrong, by_label)):
        return by_name
    return next(name for name, label in labels.items() if label == by_label)


def _alike(one: str, two: str) -> float:
    return difflib.SequenceMatcher(None, one.casefold(), two.casefold()).ratio()


def did_you_mean(found: str | None) -> str:
    return f"; did you mean {found}?" if found else ""


def listed(choices: Iterable[str]) -> str:
    """All of them, or the first dozen and how many more."""
    every = list(choices)
    more = f" and {len(every) - LISTED_MAX} more" if len(every) > LISTED_MAX else ""
    return ", ".join(every[:LISTED_MAX]) + more
