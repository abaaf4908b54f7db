"""Decisions: every outcome that changed something, or failed, kept so that it can be explained (design D10).

What a decision says lies in one item, the values that it is about in another one, its images: so that a privacy
deletion takes the values away and leaves the fact.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from chalicelib.jobs import ConnectionId, Side
from chalicelib.remember.records import sortable
from chalicelib.remember.table import ANY, Delete, Item, Key, Put, Table, Write

KEPT_S = 400 * 86_400
IMAGES_MAX = 300_000  # bytes of one decision's images as stored; an item of DynamoDB holds 400 KB
CUT_TO = 2_000  # characters that are kept of a value for which there is no room
PAGE = 500
ERASED = "(erased for privacy)"
SIDES = tuple(str(side) for side in Side)
QUOTED = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"")  # a value in a sentence, as `repr` writes it
ASKED = "ask"  # as `winner` of a conflict: a person must decide


@dataclass(frozen=True)
class Decision:
    """What was decided once, and the values that it is about.

    `n` counts a record's decisions, 1 is the oldest kept. `plan` is what was written, in words. `before` and `after`
    hold each field that a write changed, `<side>.<field>` → value as it was and as it was written; `cut` names those
    of which only a part could be kept. A conflict has `field` and `quickbooks_field`, both values (`hubspot`,
    `quickbooks`) and `winner`: the side whose value won, "ask", or "" where each side kept its own. `orders` are a
    person's decisions that were followed or refused.
    """

    at: float
    cause: str
    plan: tuple[str, ...]
    reason: str
    calls: tuple[str, ...]
    state: str
    category: str | None = None
    conflicts: tuple[dict[str, str], ...] = ()
    before: dict[str, str] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)
    cut: tuple[str, ...] = ()
    orders: tuple[dict[str, str], ...] = ()
    settings_version: int = 0
    n: int = 0

    def view(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def overwrote(self) -> dict[str, str]:
        """The fields whose value a write changed, with what they held before."""
        return {name: value for name, value in self.before.items() if self.after.get(name) != value}

    @property
    def asked(self) -> list[dict[str, str]]:
        """The conflicts that a person must decide."""
        return [one for one in self.conflicts if one.get("winner") == ASKED]


def decision_puts(connection: ConnectionId, root: str, decision: Decision, unique: str) -> list[Put]:
    """The writes that keep a decision; they go into the same transaction as the record that it is about."""
    sk = f"{sortable(decision.at)}-{unique}"
    expires_at = int(decision.at) + KEPT_S
    body = asdict(decision)
    images, cut = _images(decision)
    for name in ("before", "after", "n"):
        del body[name]
    body["conflicts"] = [_without_values(one) for one in decision.conflicts]
    body["cut"] = sorted({*decision.cut, *cut})
    puts = [Put(_key(connection, root, sk), body, ANY, expires_at=expires_at)]
    if images:
        puts.append(Put(_images_key(connection, root, sk), {"deflated": images}, ANY, expires_at=expires_at))
    return puts


class Decisions:
    def __init__(self, table: Table) -> None:
        self._table = table

    def of(self, connection: ConnectionId, root: str, limit: int | None = None) -> list[Decision]:
        """A record's decisions, oldest first, numbered; only the latest `limit` of them where given."""
        every = list(enumerate(self._pages(connection, root), start=1))
        chosen = every if limit is None else every[max(0, len(every) - limit) :]
        images = self._table.get(_images_key(connection, root, item.key.sk) for _, item in chosen)
        return [
            replace(_decision(item.body, images.get(_images_key(connection, root, item.key.sk))), n=n)
            for n, item in chosen
        ]

    def erase_person(self, connection: ConnectionId, root: str) -> None:
        """Take out of a record's decisions all that they say of a person; that they were made is kept.

        May be called again after it broke off: what is erased already stays so.
        """
        for item in self._pages(connection, root):
            images = _images_key(connection, root, item.key.sk)
            writes: list[Write] = [Put(item.key, _erased(item.body), ANY, expires_at=_expiry(item))]
            writes += [Delete(images, held.version) for held in self._table.get([images]).values()]
            self._table.write(writes)

    def _pages(self, connection: ConnectionId, root: str) -> Iterator[Item]:
        after = ""
        while items := self._table.page(f"{connection}|decision|{root}", after, limit=PAGE):
            yield from items
            after = items[-1].key.sk


def _key(connection: ConnectionId, root: str, sk: str) -> Key:
    return Key(f"{connection}|decision|{root}", sk)


def _images_key(connection: ConnectionId, root: str, sk: str) -> Key:
    return Key(f"{connection}|images|{root}", sk)


# --- images -----------------------------------------------------------------------------------------------------------


def _images(decision: Decision) -> tuple[str, list[str]]:
    """The values of a decision as they are stored, and which of its fields had to be cut to fit, the longest first."""
    images: dict[str, dict[str, str]] = {"before": dict(decision.before), "after": dict(decision.after)}
    for number, conflict in enumerate(decision.conflicts):
        images[f"conflict {number}"] = {side: conflict[side] for side in SIDES if side in conflict}
    if not any(images.values()):
        return "", []
    cut: list[str] = []
    while len(packed := _packed(images)) > IMAGES_MAX:
        image, name = max(
            ((image, name) for image, values in images.items() for name in values),
            key=lambda place: len(images[place[0]][place[1]]),
        )
        if len(images[image][name]) <= CUT_TO:
            break  # more fields than any record has
        images[image][name] = images[image][name][:CUT_TO]
        at = image.removeprefix("conflict ")
        cut.append(decision.conflicts[int(at)]["field"] if at != image else name)
    return packed, cut


def _packed(images: dict[str, Any]) -> str:
    return base64.b64encode(zlib.compress(json.dumps(images, ensure_ascii=False).encode())).decode()


def _unpacked(item: Item) -> dict[str, Any]:
    images: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(item.body["deflated"])))
    return images


def _without_values(conflict: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in conflict.items() if name not in SIDES}


def _decision(body: dict[str, Any], images: Item | None) -> Decision:
    """Older decisions hold their values in their own body, and only those from before."""
    whole = dict(body)
    if images is not None:
        values = _unpacked(images)
        whole |= {name: values[name] for name in ("before", "after")}
        whole["conflicts"] = [
            {**conflict, **values.get(f"conflict {number}", {})} for number, conflict in enumerate(body["conflicts"])
        ]
    known = Decision.__dataclass_fields__
    raw: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in whole.items() if name in known
    }
    return Decision(**raw)


# --- privacy ----------------------------------------------------------------------------------------------------------


def _erased(body: dict[str, Any]) -> dict[str, Any]:
    """A decision's body without values and names. A vendor's refusal may repeat a value anywhere in its text."""
    kept = {name: value for name, value in body.items() if name not in ("before", "after")}
    kept["plan"] = [QUOTED.sub(ERASED, step) for step in body.get("plan", ())]
    told = body.get("category") or body.get("conflicts") or body.get("orders")
    kept["reason"] = ERASED if told else QUOTED.sub(ERASED, body.get("reason", ""))
    kept["conflicts"] = [_without_values(one) for one in body.get("conflicts", ())]
    kept["orders"] = [{**one, "why": ERASED if one.get("why") else ""} for one in body.get("orders", ())]
    return kept


def _expiry(item: Item) -> int:
    return int(float(item.body.get("at", 0.0))) + KEPT_S
