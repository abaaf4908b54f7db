"""Owners: a portal's users as records can be given to them (owners API; scope `crm.objects.owners.read`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from local.hubspot.asking import Answer, Ask
from local.hubspot.errors import invalid, not_found
from local.hubspot.kinds import iso

PAGE, PAGE_MAX = 100, 500
FIRST_ID = 70_120_411


@dataclass(frozen=True)
class Owner:
    """`user_id` is another number than the owner's own id; a deactivated user is archived."""

    id: str
    email: str
    first_name: str
    last_name: str
    user_id: int
    created_at: float
    updated_at: float
    archived: bool = False

    def json(self) -> dict[str, Any]:
        active = {} if self.archived else {"userId": self.user_id}
        return {
            "id": self.id,
            "email": self.email,
            "type": "PERSON",
            "firstName": self.first_name,
            "lastName": self.last_name,
            **active,
            "userIdIncludingInactive": self.user_id,
            "createdAt": iso(self.created_at),
            "updatedAt": iso(self.updated_at),
            "archived": self.archived,
        }


class Owners:
    """The owners of one portal, in the order of their ids."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.rows: dict[str, Owner] = {}

    def add(self, email: str, first_name: str = "", last_name: str = "", user_id: int | None = None) -> str:
        id = str(FIRST_ID + 37 * len(self.rows))
        now = self._now()
        self.rows[id] = Owner(id, email, first_name, last_name, user_id or 61_100 + len(self.rows), now, now)
        return id

    def deactivate(self, id: str) -> None:
        self.rows[id] = replace(self.rows[id], archived=True, updated_at=self._now())


def list_owners(ask: Ask) -> Answer:
    ask.known_query("email", "after", "limit", "archived")
    email, after, archived = ask.query.get("email"), ask.query.get("after", "0"), ask.flag("archived")
    limit = ask.limit(PAGE, PAGE_MAX)
    if not after.isdigit():
        raise invalid(f"Invalid paging cursor: {after}")
    found = [
        one
        for one in ask.portal.owners.rows.values()
        if one.archived == archived and int(one.id) > int(after) and email in (None, one.email)
    ]
    body: dict[str, Any] = {"results": [one.json() for one in found[:limit]]}
    if len(found) > limit:
        cursor = found[limit - 1].id
        body["paging"] = {"next": {"after": cursor, "link": f"{ask.url}?limit={limit}&after={cursor}"}}
    return Answer(200, body)


def get_owner(ask: Ask, owner_id: str) -> Answer:
    """By the owner's id, or by the user's with `idProperty=userId`, which finds active users only."""
    ask.known_query("idProperty", "archived")
    by = ask.query.get("idProperty", "id")
    if by not in ("id", "userId"):
        raise invalid(f"idProperty must be id or userId, but is {by}")
    for one in ask.portal.owners.rows.values():
        if owner_id == (one.id if by == "id" else str(one.user_id)) and one.archived == ask.flag("archived"):
            return Answer(200, one.json())
    raise not_found(f"Owner {owner_id} does not exist")
