"""Whatever an earlier version has stored, sent or taken as settings is read by this one, and nothing gets lost."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib import VERSION
from chalicelib.expand import SOURCES
from chalicelib.jobs import Expand, from_body, to_body
from chalicelib.remember.table import Item, MemoryTable
from chalicelib.settings import read
from chalicelib.settings.check import Facts, check, settings_of
from chalicelib.settings.lines import parse
from tests.upgrades import keep, kept
from tests.upgrades.reading import lost, reader_of
from tests.upgrades.specimens import opened

FILES = [(version, name) for version in kept.versions() for name in (kept.PLAYED, kept.SPECIMENS)]

# What this version leaves out on purpose: (first version that no longer has it, field) → why.
DROPPED = {"backfill_page": "0.3 made initial syncs walks; one that 0.2 had begun begins anew, by its message"}


def test_every_earlier_version_is_kept() -> None:
    assert set(kept.versions()) >= {"0.1.0", "0.2.0", "0.3.0", "0.4.0"}
    assert {name for version in kept.versions() for name in (kept.PLAYED, kept.SPECIMENS)
            if not (kept.FORMATS / version / name).is_file()} == set()  # fmt: skip


def test_the_formats_of_this_version_are_the_kept_ones() -> None:
    """Whoever changes what is stored or sent gives a version that was released a new number, and keeps its formats."""
    version = kept.present()
    assert version == VERSION
    assert version in kept.versions(), f"keep the formats of {version}: python -m tests.upgrades.keep"
    now, then = json.loads(keep.specimen_text()), kept.load(version, kept.SPECIMENS)
    changed = [*lost(then, now), *lost(now, then)]
    assert changed == [], f"a format of {version} has changed: see tests/upgrades/README.md"


@pytest.mark.parametrize(("version", "name"), FILES)
def test_items_are_read_without_loss(version: str, name: str) -> None:
    items = kept.items(version, name)
    table = MemoryTable()
    table.write_each([[kept.put(one)] for one in kept.load(version, name)["items"]])
    gone = [f"{item.key.pk} {item.key.sk}{one}" for item in items for one in _lost(table, item)]
    assert gone == []


def _lost(table: MemoryTable, item: Item) -> list[str]:
    again = json.loads(json.dumps(opened(dict(reader_of(item)(table, item)))))
    stored = {name: value for name, value in opened(item.body).items() if name not in DROPPED}
    return lost(stored, again)


@pytest.mark.parametrize(("version", "name"), FILES)
def test_messages_are_read_without_loss(version: str, name: str) -> None:
    for raw in kept.load(version, name)["messages"]:
        message = from_body(json.dumps(raw))
        assert lost(raw, json.loads(to_body(message))) == []
        if name == kept.PLAYED and isinstance(message, Expand):
            assert message.source in SOURCES


@pytest.mark.parametrize("path", [path for version in kept.versions() for path in kept.texts(version)],
                         ids=lambda path: f"{path.parts[-3]} {path.stem}")  # fmt: skip
def test_settings_files_say_what_they_said(path: Any) -> None:
    """As far as can be judged without asking the vendors."""
    document = parse(path.read_text(encoding="utf-8"))
    assert check(document, None, Facts()) == []
    said = settings_of(document)
    assert read(said.model_dump(mode="json")) == said, "and what is stored of it is read again"


@pytest.mark.parametrize("version", kept.versions())
def test_settings_that_were_applied_still_apply(version: str) -> None:
    """As workers read them, from the connection and from its versions' texts."""
    items = kept.items(version, kept.PLAYED)
    [connection] = [item for item in items if item.key.pk == "connections"]
    texts = [item.body["text"] for item in items if item.key.pk.endswith("|settings")]
    assert texts
    assert read(connection.body["settings"]).contacts.conflict == "ask"
    for text in texts:
        assert settings_of(parse(text)).contacts.conflict == "ask"
