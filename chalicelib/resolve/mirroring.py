"""What becomes of a mirrored invoice: which of its properties and line items differ from what was last written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from chalicelib.jobs import Side
from chalicelib.quickbooks.invoices import Invoice
from chalicelib.remember.records import Halves, Record, State
from chalicelib.resolve.agreement import excluded
from chalicelib.resolve.fields import held
from chalicelib.resolve.filters import excluding_clause
from chalicelib.resolve.invoices import LineItem, Mirror, overdue_now
from chalicelib.resolve.plan import ArchiveInHubSpot, CreateInHubSpot, MirrorLines, Plan, UpdateInHubSpot, Write
from chalicelib.resolve.stages import SETTLED, Stage
from chalicelib.settings import Invoices
from chalicelib.shapes import switched_off

STAGE, TOTAL, BALANCE = "quickbooks_stage", "quickbooks_total", "quickbooks_balance"
LAST = frozenset({STAGE, TOTAL, BALANCE})  # written when the lines add up, so that whoever sees them may trust them
OURS = "quickbooks_"
NATIVES_OF_DELETED = {"hs_balance_due": "0", "hs_invoice_status": "voided"}  # nobody owes it any more
AT_BIRTH = {"hs_invoice_billable": "false"}  # it is billed in QuickBooks: HubSpot neither sends nor collects it


@dataclass(frozen=True)
class Account:
    """What the portal allows. `natives`: HubSpot's own properties that may be written; `own`: whether our properties
    are there."""

    natives: Collection[str] = ()
    own: bool = True
    time_zone: str = ""


def plan_of(
    record: Record, invoice: Invoice | None, mirror: Mirror | None, settings: Invoices, account: Account, today: date
) -> Plan:
    """Say what is to be written for an invoice. `invoice` and `mirror` are None where QuickBooks had no news of it, or
    has it no more."""
    if not settings.enabled:
        return excluded(switched_off("invoices"))
    if Side.HUBSPOT in record.gone:
        return excluded(f"{record.gone[Side.HUBSPOT]}; it is made again only by: python -m ops retry invoice ID")
    if Side.QUICKBOOKS in record.gone:
        return _deleted(record, settings, account)
    if invoice is None or mirror is None:
        return _by_the_clock(record, account, today)
    clause = excluding_clause(settings.filters.to_hubspot, invoice.text, time_zone=account.time_zone)
    if clause:
        return excluded(f"filter: {clause}" + ("; it stays linked and is left as it is" if record.linked else ""))
    wanted = wanted_of(mirror, account)
    lines = lines_of(record, mirror.lines)
    if not record.linked:
        early = {name: value for name, value in wanted.items() if name not in _late(mirror)}
        late = {name: value for name, value in wanted.items() if name in _late(mirror)}
        writes: list[Write] = [CreateInHubSpot({**AT_BIRTH, **early}), *lines]
        writes += [UpdateInHubSpot(late)] if late else []
        return Plan(tuple(writes), notes=mirror.notes, reason="the invoice has no mirror in HubSpot yet")
    changed = differing(record, wanted)
    writes = [*lines, *([UpdateInHubSpot(changed)] if changed else [])]
    reason = "it differs from what was last written" if writes else "nothing differs"
    return Plan(tuple(writes), notes=mirror.notes, reason=reason)


def wanted_of(mirror: Mirror, account: Account) -> dict[str, str]:
    """Every property that HubSpot's invoice should have, as far as the portal lets us write it."""
    natives = {name: value for name, value in mirror.natives.items() if name in account.natives}
    wanted = {**mirror.properties, **natives}
    return wanted if account.own else {name: v for name, v in wanted.items() if not name.startswith(OURS)}


def _late(mirror: Mirror) -> Collection[str]:
    return LAST | mirror.natives.keys()


def differing(record: Record, wanted: Mapping[str, str]) -> dict[str, str]:
    """What was not last written so, or may have been overwritten by a write whose end nobody saw. What a person has
    changed in HubSpot since is shown there, and not taken back."""
    unsure = record.leaving.get(Side.HUBSPOT, {})
    return {
        name: value for name, value in wanted.items()
        if name in unsure or record.base.get(name, ("", ""))[1] != held(value)
    }  # fmt: skip


def base_of(written: Mapping[str, str]) -> dict[str, Halves]:
    return {name: (held(value), held(value)) for name, value in written.items()}


def lines_of(record: Record, lines: tuple[LineItem, ...]) -> list[Write]:
    """Which line items are to be made, changed or taken away; those that did not change are left alone."""
    known = record.lines
    new = tuple(one for one in lines if one.key not in known)
    changed = tuple(one for one in lines if one.key in known and known[one.key][1] != digest(one))
    keys = {one.key for one in lines}
    gone = tuple(key for key in known if key not in keys)
    return [MirrorLines(new, changed, gone)] if new or changed or gone else []


def digest(line: LineItem) -> str:
    """Names what a line item holds without keeping it."""
    return hashlib.sha256(json.dumps(line.properties, sort_keys=True).encode()).hexdigest()[:16]


def _deleted(record: Record, settings: Invoices, account: Account) -> Plan:
    why = record.gone[Side.QUICKBOOKS]
    if not record.linked:
        return excluded(why)
    if settings.deletes == "archive" and record.made is Side.HUBSPOT:
        return Plan((ArchiveInHubSpot(why),), state=State.EXCLUDED, reason=why)
    changed = differing(record, {
        **({STAGE: str(Stage.DELETED), BALANCE: "0"} if account.own else {}),
        **{name: value for name, value in NATIVES_OF_DELETED.items() if name in account.natives},
    })  # fmt: skip
    reason = f"{why}; its mirror in HubSpot stays, and says so"
    return Plan((UpdateInHubSpot(changed),) if changed else (), state=State.EXCLUDED, reason=reason)


def _by_the_clock(record: Record, account: Account, today: date) -> Plan:
    """Nothing was read of it: what time alone has changed."""
    if not record.linked:
        return excluded("it is in neither system any more")
    late = overdue_now(record.facts, today) and record.facts.get("stage") not in SETTLED
    changed = differing(record, {STAGE: str(Stage.OVERDUE)}) if late and account.own else {}
    if not changed:
        return Plan(reason="nothing differs")
    return Plan((UpdateInHubSpot(changed),), reason="its due date has passed")


def facts_after(record: Record, plan: Plan, mirror: Mirror | None) -> dict[str, str]:
    """What is known of the invoice once the plan was carried out: what deals show, and the daily clock goes by."""
    facts = dict(mirror.facts) if mirror else dict(record.facts)
    for write in plan.writes:
        if isinstance(write, UpdateInHubSpot) and STAGE in write.properties:
            facts["stage"] = write.properties[STAGE]
    if Side.QUICKBOOKS in record.gone:
        facts |= {"stage": str(Stage.DELETED), "balance": "0"}
    return facts
