"""Known-bad mutants of what is sold: items, invoices, payments, deals."""

from __future__ import annotations

from tests.simulation.history import Ground, Weather
from tests.simulation.mutating import Mutant

ANSWERS = Weather("answers are lost", {"hubspot": 0.3}, only=("answer lost", "hangs up", "500 after all"))
OPENING = ("customer_is_made", "company_is_made", "contact_changes_company", "invoice_is_made", "invoice_is_made")
SOLD = ("invoice_is_made", "invoice_gets_other_lines", "payment_comes")
DEALS = ("mirror_joins_deal", "payment_comes", "invoice_gets_other_lines", "mirror_joins_deal", "invoice_is_made")
WITH_DEALS = (*OPENING, "deal_is_made", "mirror_joins_deal")
INVOICES = {
    "contacts": {"without_email": "include", "match": "none"}, "invoices": {"deletes": "ignore", "payments": "note"},
}  # fmt: skip


def _ground(name: str, acts: tuple[str, ...] = SOLD, opening: tuple[str, ...] = OPENING, most: int = 14) -> Ground:
    return Ground(name, acts, opening, settings=INVOICES, most=most)


SALES = (
    Mutant(
        "mirror/lines.py",
        'unsure = {case.record.hubspot_id or "": case for case in cases if case.record.hubspot_id and is_unsure(case)}',
        "unsure: dict[str, Case] = {}",
        "line items that arrived unseen are there twice", "md",
        Ground("makes line items again after silence", ("invoice_is_made",), OPENING, ANSWERS, settings=INVOICES),
    ),
    Mutant(
        "resolve/mirroring.py",
        "early = {name: value for name, value in wanted.items() if name not in _late(mirror)}",
        "early = dict(wanted)",
        "a mirror shows a total that its lines do not come to", "m",
        _ground("writes totals first"),
    ),
    Mutant(
        "resolve/stages.py",
        "    if balance < total:\n        return Stage.PARTIALLY_PAID\n", "",
        "the stage is not what balance and total say", "mg",
        _ground("never shows a part payment", ("payment_comes", "invoice_is_made")),
    ),
    Mutant(
        "resolve/amounts.py",
        "    for place in by_remainder[: units - sum(found)]:", "    for place in by_remainder[:0]:",
        "line items come to more than the invoice", "m",
        _ground("loses the last cents of a discount", ("invoice_is_made", "invoice_gets_other_lines")),
    ),
    Mutant(
        "resolve/lines.py",
        '    return [*found, Part("tax", "Tax", tax, pool=Pool.TAX)] if tax else found',
        "    return found",
        "the tax is passed off as an adjustment", "m",
        _ground("adds no tax", ("invoice_is_made",)),
    ),
    Mutant(
        "resolve/mirroring.py",
        "    gone = tuple(key for key in known if key not in keys)",
        "    gone = ()",
        "line items come to more than the invoice", "m",
        _ground("keeps line items of lines that are gone", ("invoice_gets_other_lines",)),
    ),
    Mutant(
        "resolve/mirroring.py",
        "json.dumps(line.properties, sort_keys=True)", "json.dumps(line.key)",
        "a line that has changed stays as it was", "m",
        _ground("knows a line item by its key alone", ("invoice_gets_other_lines",)),
    ),
    Mutant(
        "resolve/mirroring.py",
        'if name in unsure or record.base.get(name, ("", ""))[1] != held(value)',
        "if name in unsure or name not in record.base",
        "what has changed in QuickBooks is not written again", "mg",
        _ground("forgets what it has to write again"),
    ),
    Mutant(
        "mirror/follow.py",
        "deal_properties(max(fit, key=version).facts if fit else {})",
        "deal_properties(min(fit, key=version).facts if fit else {})",
        "a deal shows an older invoice", "g",
        _ground("has deals follow the oldest invoice", DEALS, WITH_DEALS, 18),
    ),
    Mutant(
        "mirror/payments.py",
        "new = {deal: body for deal, body in bodies.items() if deal not in case.record.notes}",
        "new = dict(bodies)",
        "a payment is told twice on a deal", "g",
        _ground("writes a note at each look", (*DEALS, "payment_is_voided"), WITH_DEALS, 18),
    ),
    Mutant(
        "mirror/invoices.py",
        "own = own_creates(group, asking, [KEY_PROPERTY]) if asking else {}",
        "own: dict[str, HubSpotRecord] = {}",
        "a mirror whose making nobody saw is never linked", "dsl",
        Ground("does not look for its own mirror", ("invoice_is_made",), OPENING, ANSWERS, settings=INVOICES),
    ),
    Mutant(
        "mirror/whose.py",
        "            _wait(group, case, of[case.root], customer)",
        "            pass",
        "an invoice that should wait comes without contact", "ws",
        Ground(
            "brings an invoice before its customer", ("customer_is_made", "invoice_is_made"), OPENING,
            settings={**INVOICES, "contacts": {"match": "email", "without_email": "exclude"}}, most=20,
        ),
    ),
    Mutant(
        "mirror/whose.py",
        "            case.links += [linked_to(company, INVOICE_TO_COMPANY)] if company else []\n", "",
        "an invoice lacks its company", "w",
        _ground("associates the contact alone", ("invoice_is_made", "contact_changes_company")),
    ),
    Mutant(
        "resolve/mirroring.py",
        '        **({STAGE: str(Stage.DELETED), BALANCE: "0"} if account.own else {}),\n', "",
        "a deleted invoice still has a balance", "mg",
        _ground("leaves a deleted invoice as it is", ("invoice_is_made", "invoice_is_deleted")),
    ),
    Mutant(
        "resolve/mirroring.py",
        '    if settings.deletes == "archive" and record.made is Side.HUBSPOT:',
        '    if settings.deletes == "ignore" and record.made is Side.HUBSPOT:',
        "the mirror of a deleted invoice goes although it was to stay", "p",
        _ground("archives where it is to ignore", ("invoice_is_made", "invoice_is_deleted")),
    ),
)  # fmt: skip
