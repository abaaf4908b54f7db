"""What goes to a terminal: names come from strangers' web forms, and a terminal obeys some characters instead of
showing them (colours, its title, an answer typed for the operator, letters in reverse order)."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

JOINERS = frozenset({"\u200c", "\u200d"})  # invisible, and needed to write Persian and to join emoji


def plain(text: str) -> str:
    """Text of several lines, with whatever a terminal would obey replaced."""
    return text if text.isascii() and text.isprintable() else "".join(one if _shows(one) else "\ufffd" for one in text)


def as_json(value: Any) -> str:
    """A value for a program; what a terminal would obey is escaped, so that nothing of it is lost."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return "".join(one if _shows(one) else json.dumps(one)[1:-1] for one in text)  # beyond 16 bits it takes two escapes


def _shows(one: str) -> bool:
    return one.isprintable() or one in JOINERS or one in "\n\t" or unicodedata.category(one) == "Zs"
