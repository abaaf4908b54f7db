"""An initial sync that keeps to a plan: what no longer is as it was planned is held back, and told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from chalicelib.case import Case
from chalicelib.remember.records import State
from chalicelib.remember.walks import Walk, Walks
from chalicelib.resolve.plan import Plan
from chalicelib.walk.rehearsing import fingerprint


def keep_to_plan(cases: Iterable[Case], walks: Walks, walk: Walk) -> set[str]:
    """Take the writes from the cases that the plan does not have just so. Returns the roots of those held back.

    A record on its own is shown as excluded with the reason; a linked one stays as it was, its difference unsettled,
    so that its own notice, a sweep or the next initial sync carries it across. Of a mirror, which remembers nothing but
    what was written, what was read is forgotten.
    """
    wanting = [case for case in cases if case.plan and case.plan.writes and not case.again]
    planned = walks.rows_of(replace(walk, id=walk.plan), [case.root for case in wanting])
    held_back: set[str] = set()
    for case in wanting:
        if case.plan is None or fingerprint(case.plan.writes) in planned.get(case.root, {}).get("prints", ()):
            continue
        held_back.add(case.root)
        why = f"it is no longer as plan {walk.plan} saw it; it is looked at when it changes, or by the next plan"
        if case.record.linked:
            case.plan = replace(case.plan, writes=(), wanted_name=None, reason=why)
            if case.mirror is not None:
                case.in_quickbooks = case.mirror = None
                case.change(stale=True)
        else:
            case.plan = Plan(state=State.EXCLUDED, reason=why)
    return held_back
