"""Known-bad mutants (see `mutating`) of what is sold: items, invoices, payments, deals."""

from __future__ import annotations

from tests.simulation.mutating import Mutant

INVOICES = ("invoices",)

SALES = (
    Mutant(
        "makes line items again after silence", "mirror/lines.py",
        "    unsure = {case.record.hubspot_id or \"\": case for case in cases if case.record.hubspot_id and is_unsure(case)}",
        "    unsure: dict[str, Case] = {}",
        "line items that arrived unseen are there twice", "md",
        weathers=("answers", "mortal", "storm"), syncs=INVOICES,
    ),
    Mutant(
        "writes totals first", "resolve/mirroring.py",
        "early = {name: value for name, value in wanted.items() if name not in _late(mirror)}",
        "early = dict(wanted)",
        "a mirror shows a total that its lines do not come to", "m",
        syncs=INVOICES,
    ),
    Mutant(
        "never shows a part payment", "resolve/stages.py",
        "    if balance < total:\n        return Stage.PARTIALLY_PAID\n", "",
        "the stage is not what balance and total say", "mf",
        syncs=INVOICES, acts=("payment_comes",),
    ),
    Mutant(
        "has no calendar", "doors.py",
        "    if is_on(connection.settings, Kind.INVOICE) and connection.overdue_day != today:",
        "    if not today:",
        "no invoice becomes overdue by itself", "mf",
        syncs=INVOICES,
    ),
    Mutant(
        "loses the last cents of a discount", "resolve/amounts.py",
        "    for place in by_remainder[: units - sum(found)]:", "    for place in by_remainder[:0]:",
        "line items come to more than the invoice", "m",
        syncs=INVOICES,
    ),
    Mutant(
        "adds no tax", "resolve/lines.py",
        '    return [*found, Part("tax", "Tax", tax, pool=Pool.TAX)] if tax else found',
        "    return found",
        "the tax is passed off as an adjustment", "m",
        syncs=INVOICES,
    ),
    Mutant(
        "keeps line items of lines that are gone", "resolve/mirroring.py",
        "    gone = tuple(key for key in known if key not in keys)",
        "    gone = ()",
        "line items come to more than the invoice", "m",
        syncs=INVOICES, acts=("invoice_gets_other_lines",),
    ),
    Mutant(
        "knows a line item by its key alone", "resolve/mirroring.py",
        "json.dumps(line.properties, sort_keys=True)", "json.dumps(line.key)",
        "a line that has changed stays as it was", "m",
        syncs=INVOICES, acts=("invoice_gets_other_lines",),
    ),
    Mutant(
        "forgets what was written of an invoice", "resolve/mirroring.py",
        'return {name: value for name, value in wanted.items() if record.base.get(name, ("", ""))[1] != held(value)}',
        "return {name: value for name, value in wanted.items() if name not in record.base}",
        "what has changed in QuickBooks is not written again", "mf",
        syncs=INVOICES,
    ),
    Mutant(
        "has deals follow the oldest invoice", "mirror/follow.py",
        "deal_properties(max(fit, key=version).facts if fit else {})",
        "deal_properties(min(fit, key=version).facts if fit else {})",
        "a deal shows an older invoice", "f",
        syncs=INVOICES, acts=("deal_is_made", "mirror_joins_deal"),
    ),
    Mutant(
        "asks for deals at the first look alone", "mirror/follow.py",
        "        if (newer and case.before.linked) or _told(case):", "        if not case.before.linked:",
        "a deal does not follow what its invoice becomes", "f",
        syncs=INVOICES, acts=("deal_is_made", "mirror_joins_deal"),
    ),
    Mutant(
        "writes a note at each look", "mirror/payments.py",
        "new = {deal: body for deal, body in bodies.items() if deal not in case.record.notes}",
        "new = dict(bodies)",
        "a payment is told twice on a deal", "f",
        syncs=INVOICES, acts=("deal_is_made", "mirror_joins_deal", "payment_comes"),
    ),
    Mutant(
        "forgets what a payment was for", "mirror/payments.py",
        "        ids = sorted(now | before, key=int)\n", "        ids = sorted(now, key=int)\n",
        "the balance of an invoice whose payment was moved or deleted stays as it was", "mf",
        syncs=INVOICES, acts=("payment_is_deleted",),
    ),
    Mutant(
        "does not look for its own mirror", "mirror/invoices.py",
        "own = own_creates(group, asking, [KEY_PROPERTY]) if asking else {}", "own = {}",
        "a mirror whose making nobody saw is never linked", "dsl",
        weathers=("answers", "mortal", "storm"), syncs=INVOICES,
    ),
    Mutant(
        "brings an invoice before its customer", "mirror/whose.py",
        "            _wait(group, case, of[case.root], customer)",
        '            case.remark = "its contact is not known"',
        "an invoice that should wait comes without contact", "ws",
        syncs=INVOICES,
    ),
    Mutant(
        "associates the contact alone", "mirror/whose.py",
        "            case.links += [linked_to(company, INVOICE_TO_COMPANY)] if company else []\n", "",
        "an invoice lacks its company", "w",
        syncs=INVOICES, acts=("contact_changes_company",),
    ),
    Mutant(
        "leaves a deleted invoice as it is", "resolve/mirroring.py",
        '        **({STAGE: str(Stage.DELETED), BALANCE: "0"} if account.own else {}),\n', "",
        "a deleted invoice still has a balance", "mf",
        syncs=INVOICES, acts=("invoice_is_deleted",),
    ),
    Mutant(
        "makes products without a lease on their SKU", "catalogue.py",
        'return f"sku:{folded(sku)}" if sku.strip() and _rule(group) == "sku" else f"name:{folded(name)}" if name else ""',
        'return ""',
        "product and item of one SKU are both made anew", "dls",
        syncs=("products",),
    ),
)  # fmt: skip
