"""`why` in every state a record can be in and for every category: what is wrong, and how it is mended."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest

from chalicelib.failures import AWAITED, Category, Trouble
from chalicelib.hubspot.faults import trouble as hubspot_trouble
from chalicelib.jobs import ConnectionId, Kind, Side
from chalicelib.quickbooks.faults import Fault
from chalicelib.remember.decisions import Decision
from chalicelib.remember.records import DELETED_FOR_PRIVACY, Record, State
from chalicelib.resolve.decide import decide
from chalicelib.resolve.names import taken
from chalicelib.resolve.pair import Pair
from chalicelib.shapes import switched_off
from ops import words

NOW = 1_795_332_212.5
LINKED = Record(
    ConnectionId("48120771:9130350000000000"), Kind.CUSTOMER, "hubspot:101", hubspot_id="101", quickbooks_id="58",
    name="Acme",
)  # fmt: skip
UNLINKED = replace(LINKED, quickbooks_id=None)
TOMBSTONE = replace(UNLINKED, gone={Side.HUBSPOT: DELETED_FOR_PRIVACY})
ROOT = Path(__file__).parents[2] / "chalicelib"


def trouble(category: Category) -> Trouble:
    return Trouble(category, f"Something about {category} is wrong.", f"Mend the {category}.")


def now(record: Record) -> str:
    """The last sentence, without the decisions before it."""
    return words.story(record, [])[-1]


@pytest.mark.parametrize("category", Category)
def test_failing_says_what_is_wrong_how_to_mend_it_and_when_it_is_tried_again(category):
    record = replace(LINKED.troubled(trouble(category), NOW), next_try_at=NOW + 60)
    said = now(record)
    assert said.startswith(f"Now: it is failing ({category}). Something about {category} is wrong.")
    assert f"How to fix it: Mend the {category}." in said
    assert "tried again at 2026-11-22 07:24:32 UTC" in said


@pytest.mark.parametrize("category", Category)
def test_parked_says_what_is_wrong_and_how_to_mend_it_and_promises_no_other_try(category):
    said = now(LINKED.troubled(trouble(category), NOW, State.PARKED))
    assert said.startswith(f"Now: it is parked ({category}). Something about {category} is wrong.")
    assert f"How to fix it: Mend the {category}." in said
    assert "tried again" not in said


@pytest.mark.parametrize("category", [Category.RECONNECT_NEEDED, Category.THROTTLED, Category.VENDOR_DOWN])
def test_pending_with_a_trouble_says_what_it_waits_for_and_what_a_person_can_do(category):
    """A lost grant or a token on its way: the record waits, and burns no retries."""
    said = now(LINKED.troubled(trouble(category), NOW, State.PENDING))
    assert said.startswith(f"Now: it waits its turn (Something about {category} is wrong).")
    assert f"How to fix it: Mend the {category}." in said


@pytest.mark.parametrize(
    "message", ["reconnect needed", "a vendor asked us to wait", "an operator's decision is on its way", ""]
)
def test_pending_without_a_trouble_says_what_it_waits_for(message):
    said = now(replace(LINKED, state=State.PENDING, message=message))
    assert said == f"Now: it waits its turn ({message or 'on its way'})."
    assert "How to fix it" not in said


def test_a_token_on_its_way_is_no_fault_of_anybodys():
    awaited = Trouble(Category.RECONNECT_NEEDED, "A new token is on its way.", "Nothing to do.", AWAITED)
    said = now(LINKED.troubled(awaited, NOW, State.PENDING))
    assert said == "Now: it waits its turn (A new token is on its way). How to fix it: Nothing to do."


@pytest.mark.parametrize(
    "clause",
    [
        "filter: city equals Ulm does not hold",
        "filter: city equals Ulm does not hold; it stays linked and is left as it is",
        "it belongs to another company",
        "it has no e-mail address (setting without_email)",
        switched_off("contacts"),
        "the customer was deleted in QuickBooks; the contact in HubSpot stays as it is",
    ],
)
@pytest.mark.parametrize("record", [LINKED, UNLINKED])
def test_excluded_names_the_clause(record, clause):
    assert now(record.settled(State.EXCLUDED, clause, NOW)) == f"Now: it is not synced, because {clause}."


def test_a_tombstone_says_what_is_gone():
    """The reason comes from the rule itself: an excluded record never lacks one."""
    plan = decide(Pair(TOMBSTONE))
    assert plan.state is State.EXCLUDED
    said = now(TOMBSTONE.settled(plan.state, plan.reason, NOW))
    assert said == f"Now: it is not synced, because {DELETED_FOR_PRIVACY}."


def test_in_sync_says_so_and_a_shared_customer_says_whose():
    assert now(LINKED.settled(State.IN_SYNC, "", NOW)) == "Now: both systems agree."
    shares = "shares the customer 'Acme' with customer 'Acme' (58); no field flows"
    record = replace(LINKED, shares="hubspot:100").settled(State.IN_SYNC, shares, NOW)
    assert now(record) == f"Now: both systems agree ({shares})."


def test_every_state_has_its_sentence():
    """A state that is added later must be told, too."""
    for state in State:
        assert now(replace(LINKED, state=state, message="it is so")).startswith("Now: ")


@pytest.mark.parametrize("rule", ["reject", "qualify", "share", "sub_customer"])
def test_a_name_that_is_taken_names_its_holder_and_a_way_out(rule):
    found = taken("Acme", "vendor 'Acme' (7)", rule)
    said = now(LINKED.troubled(found, NOW, State.PARKED))
    assert "vendor 'Acme' (7)" in said
    assert found.fix
    assert found.fix in said


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("update BillAddr.PostalCode, company in QuickBooks", "update postal code, company name in QuickBooks"),
        ("create customer 'The zip company Ltd' (58) in QuickBooks", None),
        ('create customer "Jane\'s fax company" (58) in QuickBooks', None),
        ("create customer 'It\\'s \"my\" zip company' (58) in QuickBooks", None),
    ],
)
def test_only_the_names_of_fields_are_put_into_words_never_a_persons_own(step, said):
    one = Decision(at=NOW, cause="backfill", plan=(step,), reason="", calls=(), state="in_sync")
    assert f"the sync did this: {said or step}." in words.story(LINKED, [one])[1]


# --- every trouble that there is --------------------------------------------------------------------------------------


def _troubles() -> list[tuple[str, ast.Call]]:
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Trouble":
                found.append((f"{path.relative_to(ROOT)}:{node.lineno}", node))
    return found


def _constants(place: str) -> dict[str, str]:
    """The texts that a module gives names to."""
    tree = ast.parse((ROOT / place.partition(":")[0]).read_text())
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _says(node: ast.expr, place: str) -> bool:
    """Whether an expression says something in any case: of an if-else both ways count."""
    if isinstance(node, ast.Name) and node.id.isupper():
        return bool(_constants(place)[node.id].strip())
    if isinstance(node, ast.IfExp):
        return _says(node.body, place) and _says(node.orelse, place)
    return _texts(node)


def _texts(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value):
            return isinstance(value, str) and bool(value.strip())
        case ast.JoinedStr(values):
            return any(isinstance(one, ast.Constant) and str(one.value).strip() for one in values)
        case ast.Call(ast.Attribute(of, "strip"), []):
            return _texts(of)
        case ast.BinOp(one, ast.Add(), two):
            return _texts(one) or _texts(two)
    return isinstance(node, ast.Name)  # of a variable: see the tables below


TROUBLES = _troubles()


def test_the_scan_finds_the_troubles():
    assert len(TROUBLES) > 15


@pytest.mark.parametrize(("place", "call"), TROUBLES, ids=[place for place, _ in TROUBLES])
def test_every_trouble_says_what_is_wrong_and_how_to_mend_it(place, call):
    given = dict(zip(("category", "message", "fix", "code"), call.args, strict=False))
    given |= {one.arg: one.value for one in call.keywords if one.arg}
    assert _says(given["message"], place), f"{place}: the message may be empty"
    assert _says(given["fix"], place), f"{place}: the fix may be empty"


CODES = [
    "5010",
    "610",
    "2020",
    "2040",
    "2050",
    "2210",
    "5020",
    "6000",
    "6100",
    "6190",
    "6200",
    "6210",
    "6240",
    "99",
    "",
]


@pytest.mark.parametrize("code", CODES)
def test_every_fault_of_quickbooks_has_its_way_out(code):
    """Known codes from the table, unknown ones by their kind."""
    found = Fault(code, "message", "").trouble
    assert found.fix.strip()
    assert found.message.strip()


@pytest.mark.parametrize(
    "error",
    [
        {},
        {"category": "MISSING_SCOPES"},
        {"category": "MISSING_SCOPES", "errors": [{"context": {"requiredGranularScopes": ["a"]}}]},
        {"message": "Contact already exists. Existing ID: 5", "category": "CONFLICT"},
        {"category": "VALIDATION_ERROR", "errors": [{"code": "INVALID_EMAIL", "message": "no e-mail"}]},
    ],
)
def test_every_error_of_hubspot_has_its_way_out(error):
    found = hubspot_trouble(error)
    assert found.fix.strip()
    assert found.message.strip()
