"""Known-bad mutants of the rules for contacts and customers: the merge, names, merges and deletions."""

from __future__ import annotations

from tests.simulation.history import Ground
from tests.simulation.mutating import Mutant

BOTH = ("both_sides_are_edited", "newest_pair_is_edited")
MADE = ("contact_is_made", "customer_is_made", "customer_is_made")
EVERYBODY = {"without_email": "include", "match": "none", "on_name_taken": "qualify"}


def _under(**rules: str) -> dict[str, dict[str, str]]:
    return {"contacts": {**EVERYBODY, **rules}}


RULES = (
    # --- one pure three-way merge (design D2) -------------------------------------------------------------------------
    Mutant(
        "resolve/settle.py",
        "    if hubspot_speaks and quickbooks_speaks:",
        "    if newer and (hubspot_speaks or quickbooks_speaks):\n"
        "        return _written(field, newer, hubspot if newer is Side.HUBSPOT else quickbooks, now)\n"
        "    if hubspot_speaks and quickbooks_speaks:",
        "of one edit and the older value the later clock wins", "ao",
        Ground("compares with clocks", BOTH, MADE, settings=_under()),
    ),
    Mutant(
        "resolve/settle.py",
        "    if hubspot_speaks and quickbooks_speaks:",
        "    if hubspot_speaks or quickbooks_speaks:",
        "an edit on the side that loses conflicts is undone", "ao",
        Ground("takes every difference for a conflict", BOTH, MADE, settings=_under(conflict="hubspot")),
    ),
    Mutant(
        "resolve/settle.py",
        "else Side(chosen)\n", "else Side(chosen).other\n",
        "the wrong side wins", "ao",
        Ground("turns the conflict rule round", BOTH, MADE, settings=_under(conflict="quickbooks")),
    ),
    Mutant(
        "resolve/settle.py",
        '    if chosen == "ask":\n        return Settled(base, conflict=True, ask=True)\n',
        '    if chosen == "ask":\n        chosen = "hubspot"\n',
        "an edit is overwritten that a person was to be asked about", "ao",
        Ground("decides what a person is to decide", BOTH, MADE, settings=_under(conflict="ask")),
    ),
    Mutant(
        "resolve/settle.py",
        "hubspot_speaks = not stays[0] and (bool(hubspot.strip()) or field.clears)",
        "hubspot_speaks = not stays[0]",
        "a value is lost that only one side has cleared", "ao",
        Ground("clears the other side", ("contact_is_blanked", "contact_is_edited"), MADE, settings=_under()),
    ),
    Mutant(
        "quickbooks/body.py",
        "whole = (carried or {}).get(step) if place is body else None",
        "whole = None if place is body else carried",
        "writing the city loses the postal code", "ao",
        Ground(
            "replaces nested objects", ("contact_is_edited", "customer_is_edited"), MADE, settings=_under(), most=24,
        ),
    ),
    Mutant(
        "settled.py",
        "    case.change(base=base, leaving={k: v for k, v in case.record.leaving.items() if k != Side.QUICKBOOKS},",
        "    case.change(base={} if made_from else base, leaving={},",
        "the first edit after a link looks like a conflict", "ao",
        Ground(
            "links without agreed values", ("newest_pair_is_edited", "contact_is_made"), ("contact_is_made",) * 2,
            settings=_under(conflict="hubspot"),
        ),
    ),
    # --- linking and names --------------------------------------------------------------------------------------------
    Mutant(
        "lookup.py",
        "    if held is not None and held.record.root != case.root and held.record.linked:",
        "    if held is not None and held.record.root == case.root and held.record.linked:",
        "one contact belongs to two customers, or one waits for it for ever", "dlasr",
        Ground(
            "links what is linked already", ("customer_is_made",), settings={"contacts": {"match": "email"}},
        ),
    ),
    Mutant(
        "remembering.py",
        "    keep = set(record.names) if under_way else",
        "    keep = set(record.names) if record.names else",
        "a name that nobody has any more is taken for ever", "sn",
        Ground(
            "never gives a name back", ("contact_changes_company", "company_is_renamed"),
            ("company_is_made", "colleagues_come", "company_is_made", "colleagues_come", "colleagues_come"),
            settings={"contacts": {"on_name_taken": "reject", "display_name": "company", "without_email": "include"}},
            most=22,
        ),
    ),
    Mutant(
        "resolve/customers.py",
        '        if not pair.in_hubspot.emails and settings.without_email == "exclude":',
        '        if not pair.in_hubspot.emails and settings.without_email == "never":',
        "a contact that is excluded becomes a customer", "s",
        Ground(
            "syncs who has no e-mail address", ("contact_is_made",),
            settings={"contacts": {"without_email": "exclude"}},
        ),
    ),
    # --- merges and deletions -----------------------------------------------------------------------------------------
    Mutant(
        "merges.py",
        "if c.in_hubspot and c.in_hubspot.id != c.record.hubspot_id]\n    if not merged:",
        "if c.in_hubspot and c.in_hubspot.id == c.root]\n    if not merged:",
        "the survivor of a merge loses its customer", "dlaspn",
        Ground(
            "does not notice a survivor", ("contacts_are_merged", "contact_is_made", "newest_pair_is_edited"),
            ("contact_is_made",) * 4, settings=_under(),
        ),
    ),
    Mutant(
        "read.py",
        "        elif survivor := group.hubspot.read(objects, own_id, properties(group)):",
        "        elif survivor := None:",
        "the survivor of a merge gets a second customer", "dlaspn",
        Ground(
            "takes what is merged for deleted", ("contacts_are_merged", "contact_is_made", "newest_pair_is_edited"),
            ("contact_is_made",) * 4, settings=_under(),
        ),
    ),
    Mutant(
        "resolve/agreement.py",
        '        if deletes == "archive" and ours and record.put_away is None:',
        '        if deletes == "archive" and record.put_away is None:',
        "a contact that we did not make is put away", "p",
        Ground(
            "archives what people made", ("customer_is_inactivated",), ("contact_is_made",) * 4,
            settings=_under(deletes="archive"), most=10,
        ),
    ),
    Mutant(
        "resolve/agreement.py",
        '        may = deletes == "archive" and record.made is Side.QUICKBOOKS and record.put_away is None',
        '        may = deletes == "archive" and record.put_away is None',
        "a customer that we did not make is put away", "p",
        Ground(
            "inactivates what people made", ("contact_is_archived",), ("customer_is_made",) * 4,
            settings=_under(deletes="archive"), most=10,
        ),
    ),
    Mutant(
        "resolve/agreement.py",
        '        return excluded(f"{why}; the {shape.row_word} in QuickBooks stays as it is")',
        "        from chalicelib.resolve.customers import new_in_quickbooks\n\n        return new_in_quickbooks(pair)",
        "a contact that was deleted comes back", "dps",
        Ground(
            "makes again what is gone", ("contact_is_archived", "newest_pair_is_edited", "customer_is_edited"),
            ("customer_is_made",) * 4, settings=_under(deletes="ignore"), most=12,
        ),
    ),
)  # fmt: skip
