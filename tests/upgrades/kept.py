"""Where the formats of each version are kept, and how they are read."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from chalicelib.remember.table import Item, Key, Put
from tests.upgrades.specimens import packed

ROOT = Path(__file__).resolve().parents[2]
FORMATS = Path(__file__).parent / "formats"
PLAYED, SPECIMENS = "played.json", "specimens.json"

Object = dict[str, Any]


def present() -> str:
    version: str = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    return version


def numbered(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def versions() -> list[str]:
    """All of which something is kept, the oldest first."""
    return sorted((folder.name for folder in FORMATS.iterdir() if folder.is_dir()), key=numbered)


def load(version: str, name: str) -> Object:
    """`items`, `messages`, and of what was played also what both vendors held and when that was."""
    loaded: Object = json.loads((FORMATS / version / name).read_text(encoding="utf-8"))
    return loaded


def items(version: str, name: str) -> list[Item]:
    return [item(one) for one in load(version, name)["items"]]


def item(one: Object) -> Item:
    return Item(Key(one["pk"], one["sk"]), one["version"], packed(one["body"]))


def put(one: Object) -> Put:
    """The write that stores it again, in the state index where it was there."""
    state = (one["state"][0], one["state"][1]) if "state" in one else None
    return Put(Key(one["pk"], one["sk"]), packed(one["body"]), None, state, one.get("expires_at"))


def texts(version: str) -> list[Path]:
    """The settings files of a version: the examples of its guides, and what it recommended."""
    return sorted((FORMATS / version / "settings").glob("*.yaml"))


def dumped(whole: Object) -> str:
    """JSON with one entry of each list on a line of its own."""
    return "{\n" + ",\n".join(f"{json.dumps(name)}: {_value(value)}" for name, value in whole.items()) + "\n}\n"


def _value(value: Any) -> str:
    if isinstance(value, list):
        return "[\n" + ",\n".join(json.dumps(one, ensure_ascii=False) for one in value) + "\n]"
    if isinstance(value, dict):
        return "{\n" + ",\n".join(f"{json.dumps(name)}: {_value(one)}" for name, one in value.items()) + "\n}"
    return json.dumps(value, ensure_ascii=False)
