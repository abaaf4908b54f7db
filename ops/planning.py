"""What would happen, and make it happen: the plan, and the initial sync."""

from __future__ import annotations

import itertools
import json
import sys
import textwrap
from argparse import ArgumentTypeError, Namespace
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from chalicelib.failures import Category
from chalicelib.jobs import Kind
from chalicelib.remember.connections import Connection, Connections, ConnectionState
from chalicelib.remember.records import Records, State
from chalicelib.remember.walks import Purpose, Stage, Walk, Walks
from chalicelib.switches import is_on
from chalicelib.walk import steps
from chalicelib.walk.bill import whole_seconds
from chalicelib.walk.rehearsing import ACTIONS
from chalicelib.wiring import Wiring, wiring
from ops import waiting
from ops.answers import Failed, WrongUse, say, which
from ops.arguments import WALKED, Commands
from ops.configuring import draft
from ops.screen import plain
from ops.steering import is_quiet, states
from ops.walking import follow, must_be_connected, rehearsed, under_way

SHOWN = 25  # records of a plan that a terminal gets; the others with --json or --action
QUIET_S = 600.0
SOON_S = 120.0
BY_ITSELF = (Category.THROTTLED, Category.VENDOR_DOWN)
WIDTH = 80
HIDDEN = ("overwrites", "prints", "stands_for", "seen")  # of a plan's row: ours


def _walked(text: str) -> str:
    """Payments are told apart from what is no kind at all, by the way to have them."""
    if text == Kind.PAYMENT:
        raise ArgumentTypeError(
            "payments have no plan and no initial sync of their own: they come with their invoices, so say invoice. "
            "For one of them: python -m ops why payment ID, or retry payment ID"
        )
    return text


KIND: dict[str, Any] = {"type": _walked, "choices": WALKED, "metavar": "KIND", "help": " or ".join(WALKED)}


def register(commands: Commands) -> None:
    planned = commands.add(
        "plan", plan, "what the initial sync would do now, record by record; nothing is written",
        example="python -m ops plan customer --action blocked,conflict",
    )  # fmt: skip
    every = f"{KIND['help']}; all that are switched on where it is left out"
    planned.add_argument("kind", nargs="?", **{**KIND, "help": every})
    planned.add_argument("--fail-on", metavar="A,B", help="exit with 2 if there are any: blocked, conflict, …")
    planned.add_argument("--action", metavar="A,B", help=f"show only these: {', '.join(ACTIONS)}")
    planned.add_argument("--limit", type=_limit, metavar="N", help=f"records to show; {SHOWN}, with --json all; 0: all")
    planned.add_argument("--settings", metavar="FILE", help="as if this file were applied")
    planned.add_argument("--id", metavar="PLAN", help="show a plan that was made already")
    synced = commands.add(
        "backfill", backfill, "the initial sync of all records of a kind; goes on where it was interrupted",
        example="python -m ops backfill customer --plan-id 1795336530-p3fa2c1",
    )  # fmt: skip
    synced.add_argument("kind", **KIND)
    synced.add_argument("--plan-id", metavar="PLAN", help="write only what this plan says, and tell what has changed")
    synced.add_argument("--detach", action="store_true", help="return at once")
    synced.add_argument("--stop", action="store_true", help="end the one that is under way; what is done stays")


# --- plan -------------------------------------------------------------------------------------------------------------


def plan(given: Namespace) -> int:
    tools = wiring()
    one = which(tools, given)
    fail_on, only = _actions(given.fail_on), _actions(given.action)
    if given.id:
        walks = [_plan_called(tools, one, given.id)]
    else:
        settings = draft(tools, given, one) if given.settings else None
        kinds = [Kind(given.kind)] if given.kind else _switched_on(one.settings if settings is None else settings)
        walks = [rehearsed(tools, one, kind, hidden=given.json, settings=settings) for kind in kinds]
    found = [_rows_of(tools, walk, only) for walk in walks]
    if given.json:
        _print_json(walks, itertools.islice(itertools.chain(*found), given.limit or None))
    for walk, rows in [] if given.json else zip(walks, found, strict=True):
        print(plain(summary(walk) if len(walks) == 1 else f"{str(walk.kind).capitalize()}s\n{summary(walk)}"))
        # what stays as it is, is shown to whoever asks for it
        _print_rows((row for row in rows if only or row["action"] != "unchanged"), given.limit, walk)
    return 2 if any(walk.counts.get(action) for walk in walks for action in fail_on) else 0


def _switched_on(settings: Any) -> list[Kind]:
    """The kinds that an initial sync would visit; customers where nothing is on, so that the plan says so."""
    return [kind for kind in map(Kind, WALKED) if is_on(settings, kind)] or [Kind.CUSTOMER]


def _rows_of(tools: Wiring, walk: Walk, only: set[str]) -> Iterator[dict[str, Any]]:
    return (row for row in Walks(tools.table).rows(walk) if not only or row["action"] in only)


def _limit(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"a number from 0 on, not {text!r}")
    return int(text)


def summary(walk: Walk) -> str:
    """The plan in a few lines."""
    counts = [f"{walk.counts.get(action, 0)} {action}" for action in ACTIONS if walk.counts.get(action)]
    calls = walk.calls
    lines = [
        f"Plan {walk.id}: {', '.join(counts) or 'no records'}.",
        f"It would take {calls.get('hubspot', 0)} HubSpot calls, {calls.get('quickbooks', 0)} QuickBooks calls "
        f"({calls.get('metered_reads', 0)} metered reads),\n"
        f"and by the vendors' limits at least {whole_seconds(calls)} s.",
    ]
    if walk.overwrites:
        lines.append(f"{walk.overwrites} values would be replaced because two records meet for the first time.")
    return "\n".join(lines)


def _print_json(walks: Sequence[Walk], rows: Iterable[dict[str, Any]]) -> None:
    """One JSON value, written as it is read, so that a plan of any size needs little memory. Plans of several kinds are
    one beside each other under `plans`; what stands above them is their sum."""
    heads = [_head([walk]) for walk in walks]
    several = {"plan_id": None, "kind": None, "plans": heads} if len(walks) > 1 else {}
    head = {**_head(walks), **several}
    text = json.dumps(head, indent=2, ensure_ascii=False)
    sys.stdout.write(text[: text.rindex("\n}")] + ',\n  "records": [')
    for number, row in enumerate(rows):
        shown = {name: value for name, value in row.items() if name not in HIDDEN}
        sys.stdout.write(("," if number else "") + "\n    " + json.dumps(shown, ensure_ascii=False))
    sys.stdout.write("\n  ]\n}\n")


def _print_rows(rows: Iterator[dict[str, Any]], limit: int | None, walk: Walk) -> None:
    most = SHOWN if limit is None else limit
    told = left = 0
    for row in rows:
        if most and told >= most:
            left += 1
            continue
        told += 1
        print(plain("\n".join(_told(row))))
    if left:
        print(f"({left} more: python -m ops plan --id {walk.id} --limit 0, or --json)")


def _told(row: dict[str, Any]) -> list[str]:
    ids = [f"{side}:{row[f'{side}_id']}" for side in ("hubspot", "quickbooks") if row.get(f"{side}_id")]
    lines = [f"{row['action']:<9} {' ⇄ '.join(ids) or '-'}  {row['name']}".rstrip()]
    if row["action"] in ("excluded", "blocked", "conflict") and row["reason"]:
        lines += _wrapped(row["reason"])
    if row["action"] in ("blocked", "conflict") and row.get("fix"):
        lines += _wrapped(f"fix: {row['fix']}")
    for change in row["changes"]:
        old = "" if change["old"] in (None, "") else f"{change['old']!r} → "
        lines.append(f"          {change['field']}: {old}{change['new']!r}")
    return lines


def _wrapped(text: str) -> list[str]:
    indent = " " * 10
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent)


def _actions(text: str | None) -> set[str]:
    wanted = {part.strip() for part in (text or "").split(",") if part.strip()}
    if unknown := wanted - set(ACTIONS):
        raise WrongUse(f"there is no action {', '.join(sorted(unknown))}; there are: {', '.join(ACTIONS)}")
    return wanted


def _plan_called(tools: Wiring, one: Connection, own_id: str) -> Walk:
    walk = Walks(tools.table).get(one.id, own_id)
    if walk is None or walk.purpose is not Purpose.PLAN:
        raise WrongUse(f"there is no plan {own_id}; plans are kept for 14 days. Make one: python -m ops plan")
    if walk.stage is not Stage.DONE:
        raise WrongUse(f"plan {own_id} is not ready ({walk.done} of {walk.total})")
    return walk


def _head(walks: Sequence[Walk]) -> dict[str, Any]:
    calls = sum((Counter(walk.calls) for walk in walks), Counter())
    return {
        "plan_id": walks[0].id,
        "connection": walks[0].connection,
        "kind": str(walks[0].kind),
        "counts": {action: sum(walk.counts.get(action, 0) for walk in walks) for action in ACTIONS},
        "calls": {name: calls[name] for name in ("hubspot", "quickbooks", "metered_reads")},
        "seconds": sum(whole_seconds(walk.calls) for walk in walks),
        "overwrites": sum(walk.overwrites for walk in walks),
    }


# --- the initial sync -------------------------------------------------------------------------------------------------


def backfill(given: Namespace) -> int:
    tools = wiring()
    one = which(tools, given)
    kind = Kind(given.kind)
    walk = under_way(tools, one, kind)
    if given.stop:
        return _stop(given, tools, walk)
    must_be_connected(one)
    wanted = given.plan_id or ""
    if walk and walk.plan != wanted:
        raise WrongUse(f"another initial sync is under way ({walk.id}): wait for it, or end it with --stop")
    if wanted:
        _must_still_hold(_plan_called(tools, one, wanted), one, kind)
    if walk is None:
        walk = steps.begin(tools, one, kind, Purpose.BACKFILL, plan=wanted)
    else:
        steps.nudge(tools, one.id)
    if not given.detach:
        walk = follow(tools, walk, "backfill", hidden=given.json)
        if walk.stage is Stage.STOPPED:
            raise Failed(f"the initial sync was ended: {walk.note}")
        if walk.stage is not Stage.DONE:
            why = walk.note or "the workers are slow"
            raise Failed(f"the initial sync has not ended yet ({why}); it goes on by itself: python -m ops status")
        waiting.until(lambda: is_quiet(tools) and not _on_their_way(tools, one, kind), QUIET_S)
    counts = states(tools, one.id, kind)
    value = {
        "connection": one.id, "kind": str(kind), "backfill_id": walk.id, "state": str(walk.stage), "done": walk.done,
        "total": walk.total, "changed_since_plan": walk.changed_since, "records": counts,
    }  # fmt: skip
    say(given, value, _ended(walk, counts, detached=given.detach))
    return 1 if (counts.get("failing") or counts.get("parked")) and not given.detach else 0


def _on_their_way(tools: Wiring, one: Connection, kind: Kind) -> bool:
    """Whether some wait for nothing but the next minute: a vendor throttled them, or somebody had them in hand."""
    held_now = Connections(tools.table).get(one.id)
    if held_now is None or held_now.state is not ConnectionState.CONNECTED or held_now.braked:
        return False  # only a person brings them on
    soon = tools.now() + SOON_S
    waiting_ones = Records(tools.table).in_states(one.id, (State.PENDING, State.FAILING), until=soon)
    return any(
        held.record.kind is kind and (held.record.state is State.PENDING or held.record.category in BY_ITSELF)
        for held in waiting_ones
    )


def _ended(walk: Walk, counts: dict[str, int], *, detached: bool) -> str:
    if detached:
        return f"Under way as {walk.id}; see: python -m ops status"
    lines = [", ".join(f"{n} {state}" for state, n in counts.items()) or "no records"]
    if walk.changed_since:
        lines.append(f"{walk.changed_since} records are no longer as the plan saw them, and were left: plan again.")
    if counts.get("failing") or counts.get("parked"):
        lines.append("See: python -m ops records --status failing,parked")
    return "\n".join(lines)


def _stop(given: Namespace, tools: Wiring, walk: Walk | None) -> int:
    if walk is None:
        raise WrongUse("no initial sync is under way")
    stopped = Walks(tools.table).stop(walk, tools.now())
    say(given, {"backfill_id": walk.id, "state": str(stopped.stage)}, f"{walk.id} was ended; what is done stays.")
    return 0


def _must_still_hold(walk: Walk, one: Connection, kind: Kind) -> None:
    if walk.kind is not kind:
        raise WrongUse(f"plan {walk.id} is about {walk.kind} records")
    if walk.settings is not None or walk.settings_version != one.settings_version:
        raise WrongUse(f"plan {walk.id} was made under other settings than those that apply now; plan again")
