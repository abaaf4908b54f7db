"""HubSpot's developer project says what the sync reads, asks for and answers, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

import app
from chalicelib import read
from chalicelib.hubspot.scopes import OPTIONAL, REQUIRED, SCOPES
from chalicelib.hubspot.webhook import notices
from chalicelib.jobs import Kind, Side
from chalicelib.resolve.fields import field_table, hubspot_properties
from chalicelib.settings import Contacts, Products
from local.hubspot.settings import PROJECT, USED
from ops import hubspot_app
from ops.hubspot_app import NOT_SUBSCRIBED, main

ROOT = Path(__file__).resolve().parents[2]
COMMITTED = ROOT / "infra" / "hubspot-app"
APP = "src/app/app-hsmeta.json"
WEBHOOKS = "src/app/webhooks/webhooks-hsmeta.json"

CLASSIC = ("contact", "company", "deal", "ticket", "line_item", "object")  # reference section 3.2
EVENTS = ("creation", "deletion", "merge", "restore", "propertyChange", "associationChange")
KNOWN_TYPES = {f"{subject}.{event}" for subject in CLASSIC for event in EVENTS} | {
    f"product.{event}" for event in EVENTS if event != "associationChange"
}


def config(folder: Path, path: str) -> dict:
    return json.loads((folder / path).read_text())["config"]


def subscriptions(folder: Path = COMMITTED) -> list[tuple[str, str, str]]:
    """Each subscription: its list, its type, its property."""
    return [
        (section, one["subscriptionType"], one.get("propertyName", ""))
        for section, some in config(folder, WEBHOOKS)["subscriptions"].items()
        for one in some
    ]


def subscribed_properties(subject: str, folder: Path = COMMITTED) -> set[str]:
    return {name for _, kind, name in subscriptions(folder) if kind == f"{subject}.propertyChange"}


def generated(tmp_path: Path, *arguments: str) -> Path:
    assert main([*arguments, str(tmp_path / "out")]) == 0
    return tmp_path / "out"


def settings_file(tmp_path: Path, contacts: dict, name: str = "settings.yaml") -> str:
    path = tmp_path / name
    path.write_text(yaml.safe_dump({"contacts": contacts}))
    return str(path)


def only_if(*properties: str) -> dict:
    return {"filters": {"to_quickbooks": [{"all": [{"property": one, "operator": "known"} for one in properties]}]}}


def texts(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


# --- the committed files ----------------------------------------------------------------------------------------------


def test_the_committed_files_are_what_the_command_writes(tmp_path):
    """Else: python -m ops.hubspot_app infra/hubspot-app"""
    assert texts(COMMITTED) == texts(generated(tmp_path))


def test_the_project_is_of_the_platform_version_that_the_reference_names():
    project = json.loads((COMMITTED / "hsproject.json").read_text())
    assert (project["srcDir"], project["platformVersion"]) == ("src", "2026.09")


def test_the_app_asks_for_exactly_the_scopes_of_the_table():
    auth = config(COMMITTED, APP)["auth"]
    assert (auth["type"], config(COMMITTED, APP)["distribution"]) == ("oauth", "private")
    assert (auth["requiredScopes"], auth["optionalScopes"]) == (list(REQUIRED), list(OPTIONAL))
    assert auth["conditionallyRequiredScopes"] == []


def test_webhooks_go_to_a_route_that_the_app_has():
    settings = config(COMMITTED, WEBHOOKS)["settings"]
    assert settings == {"targetUrl": "${PUBLIC_URL}/webhooks/hubspot", "maxConcurrentRequests": 10}
    assert "POST" in app.app.routes[hubspot_app.WEBHOOK_ROUTE]


def test_people_come_back_to_the_callback():
    """The design names this route (section 4, HTTP routes)."""
    assert config(COMMITTED, APP)["auth"]["redirectUrls"] == ["${PUBLIC_URL}/connect/hubspot/callback"]


def test_the_example_profile_gives_the_variable_that_the_files_name():
    profile = json.loads((COMMITTED / "src/hsprofile.example.json").read_text())
    assert list(profile["variables"]) == ["PUBLIC_URL"]
    assert isinstance(profile["accountId"], int)


def test_each_part_has_an_identifier_of_its_own():
    uids = [json.loads((COMMITTED / path).read_text())["uid"] for path in (APP, WEBHOOKS)]
    assert len(set(uids)) == 2
    assert all(len(uid) <= 64 for uid in uids)


# --- subscriptions ----------------------------------------------------------------------------------------------------


def test_every_property_that_the_sync_reads_is_subscribed_to_or_excused():
    asked = set(hubspot_properties(Kind.CUSTOMER, field_table(Contacts())))
    assert asked - subscribed_properties("contact") <= NOT_SUBSCRIBED.keys()
    assert not subscribed_properties("contact") - asked


def test_no_excuse_is_stale():
    """The sync does read each of them, HubSpot is not asked to tell of it, and a reason is given."""
    group = SimpleNamespace(section=Contacts(), kind=Kind.CUSTOMER, fields=field_table(Contacts()))
    assert NOT_SUBSCRIBED.keys() <= set(read.properties(group))
    assert not NOT_SUBSCRIBED.keys() & subscribed_properties("contact")
    assert all(NOT_SUBSCRIBED.values())


def test_what_is_read_beyond_the_field_table_is_covered_too():
    group = SimpleNamespace(section=Contacts(), kind=Kind.CUSTOMER, fields=field_table(Contacts()))
    assert set(read.properties(group)) == subscribed_properties("contact") | NOT_SUBSCRIBED.keys()


def test_a_customers_name_follows_its_company():
    assert subscribed_properties("company") == {"name"}
    assert {"company.merge", "company.deletion", "company.restore"} <= {kind for _, kind, _ in subscriptions()}


@pytest.mark.parametrize("event", ["creation", "deletion", "merge", "restore", "associationChange"])
def test_what_becomes_of_a_contact_is_told(event):
    assert ("legacyCrmObjects", f"contact.{event}", "") in subscriptions()


@pytest.mark.parametrize("event", ["creation", "deletion", "merge", "restore"])
def test_what_becomes_of_a_product_is_told(event):
    assert ("legacyCrmObjects", f"product.{event}", "") in subscriptions()


def test_each_property_of_a_product_that_an_item_follows_is_told():
    followed = {row.hubspot for row in field_table(Products(direction="both")) if row.writes(Side.QUICKBOOKS)}
    assert subscribed_properties("product") == followed >= {"name", "price", "hs_sku"}


def test_an_invoice_is_told_of_when_it_goes_comes_back_or_is_given_to_a_deal():
    entries = config(COMMITTED, WEBHOOKS)["subscriptions"]["crmObjects"]
    assert {one["objectType"] for one in entries} == {"invoice"}
    assert {one["subscriptionType"] for one in entries} == {
        "object.deletion", "object.restore", "object.associationChange",
    }  # fmt: skip


@pytest.mark.parametrize("event", ["merge", "restore"])
def test_a_deal_that_takes_over_or_comes_back_is_told_of(event):
    assert ("legacyCrmObjects", f"deal.{event}", "") in subscriptions()


def test_privacy_deletions_are_told_where_hubspot_lists_them():
    assert ("hubEvents", "contact.privacyDeletion", "") in subscriptions()


def test_no_subscription_is_there_twice_or_unknown_to_hubspot():
    every = subscriptions()
    assert len(set(every)) == len(every) < 1_000
    for section, kind, name in every:
        assert kind in KNOWN_TYPES if section != "hubEvents" else kind == "contact.privacyDeletion"
        assert bool(name) == kind.endswith(".propertyChange")


def test_all_subscriptions_are_active():
    lists = config(COMMITTED, WEBHOOKS)["subscriptions"].values()
    assert all(one["active"] is True for some in lists for one in some)


SHAPES = {  # what an event carries beside the common fields (reference section 3.3)
    "associationChange": {"associationType": "CONTACT_TO_COMPANY", "fromObjectId": 101, "toObjectId": 7_300},
    "merge": {"primaryObjectId": 101, "mergedObjectIds": [102], "newObjectId": 101},
}
TO_A_DEAL = {"fromObjectTypeId": "0-53", "toObjectTypeId": "0-3", "fromObjectId": 101, "toObjectId": 7, "objectId": 101}


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for _, kind, name in subscriptions()])
def test_the_sync_acts_on_each_subscribed_event(kind, name):
    """An event that is passed over costs a delivery and changes nothing."""
    more = SHAPES.get(kind.partition(".")[2], {"objectId": 101})
    if kind.startswith("object."):
        more = {"objectTypeId": "0-53", **more, **TO_A_DEAL}
    changed = {"propertyName": name, "propertyValue": "x"} if name else {}
    found, passed_over = notices([{"portalId": 48_120_771, "subscriptionType": kind, **more, **changed}], "31415926")
    assert found
    assert passed_over == 0


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_address_is_filled_in_everywhere(tmp_path):
    out = generated(tmp_path, "--public-url", "https://abc.execute-api.eu-west-1.amazonaws.com/api/")
    assert config(out, WEBHOOKS)["settings"]["targetUrl"] == (
        "https://abc.execute-api.eu-west-1.amazonaws.com/api/webhooks/hubspot"
    )
    assert config(out, APP)["auth"]["redirectUrls"] == [
        "https://abc.execute-api.eu-west-1.amazonaws.com/api/connect/hubspot/callback"
    ]
    assert not [path for path, text in texts(out).items() if "${" in text]


def test_a_project_with_its_address_has_no_profile(tmp_path):
    """HubSpot's command insists on a profile where it finds one, even one of an earlier run."""
    assert "src/hsprofile.example.json" in texts(generated(tmp_path))
    assert "src/hsprofile.example.json" not in texts(generated(tmp_path, "--public-url", "https://a.test"))


@pytest.mark.parametrize(
    "url",
    ["http://localhost:8000", "http://a.test", "https://", "a.test", "", "https://a b.test", "https://[", "https://a:x",
     "https://a.test/?x=1", "https://a.test/#x", "https://user@a.test", "ftp://a.test"],
)  # fmt: skip
def test_an_address_that_hubspot_could_not_call_is_refused(tmp_path, capsys, url):
    assert main(["--public-url", url, str(tmp_path / "out")]) == 2
    assert "--public-url" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_rows_and_filters_of_the_settings_are_subscribed_to(tmp_path, capsys):
    used = {"fields": [{"hubspot": "jobtitle", "quickbooks": "Notes"}], **only_if("lifecyclestage", "email")}
    out = generated(tmp_path, "--public-url", "https://a.test", "--settings", settings_file(tmp_path, used))
    assert set(subscriptions(out)) - set(subscriptions()) == {
        ("legacyCrmObjects", "contact.propertyChange", "jobtitle"),
        ("legacyCrmObjects", "contact.propertyChange", "lifecyclestage"),
    }
    assert len(set(subscriptions(out))) == len(subscriptions(out))
    assert capsys.readouterr().err == ""


def test_each_connection_has_its_settings_and_all_have_one_app(tmp_path):
    one = settings_file(tmp_path, only_if("lifecyclestage"), "one.yaml")
    two = settings_file(tmp_path, only_if("hs_lead_status"), "two.yaml")
    out = generated(tmp_path, "--settings", one, "--settings", two)
    assert {"lifecyclestage", "hs_lead_status"} <= subscribed_properties("contact", out)


def test_settings_take_no_subscription_away(tmp_path):
    """Another connection of the same app may use what this one switched off."""
    used = {"direction": "to_quickbooks", "fields": [{"hubspot": "fax", "quickbooks": "Fax.FreeFormNumber",
                                                      "enabled": False}]}  # fmt: skip
    out = generated(tmp_path, "--settings", settings_file(tmp_path, used))
    assert subscriptions(out) == subscriptions()


@pytest.mark.parametrize(
    ("name", "kind"),
    [("company.industry", "company.propertyChange"), ("deal.dealstage", "deal.propertyChange"),
     ("invoice.hs_invoice_status", "object.propertyChange")],
)  # fmt: skip
def test_an_associated_property_is_subscribed_to(tmp_path, capsys, name, kind):
    """Whatever object it is of: the sync acts on all of them."""
    out = generated(tmp_path, "--settings", settings_file(tmp_path, only_if(name)))
    section = "crmObjects" if kind.startswith("object.") else "legacyCrmObjects"
    assert (section, kind, name.partition(".")[2]) in subscriptions(out)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("name", "events"),
    [("company.industry", set()), ("email", set()),
     ("deal.dealstage", {"deal.deletion"}), ("invoice.hs_invoice_status", set())],
)  # fmt: skip
def test_what_becomes_of_an_object_that_a_filter_names_is_subscribed_to(tmp_path, name, events):
    """Most are there already: companies' for every customer's name, the others' for invoices and their deals."""
    out = generated(tmp_path, "--settings", settings_file(tmp_path, only_if(name)))
    more = {kind for _, kind, _ in set(subscriptions(out)) - set(subscriptions()) if not kind.endswith("Change")}
    assert more == events


def test_what_never_changes_is_not_subscribed_to(tmp_path, capsys):
    """The recommended settings ask when an invoice was created."""
    out = generated(tmp_path, "--settings", settings_file(tmp_path, only_if("invoice.hs_createdate")))
    assert subscriptions(out) == subscriptions()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("event", ["deletion", "restore", "associationChange"])
def test_the_sync_acts_on_what_it_asks_of_invoices(event):
    one = hubspot_app.Subscription("invoice", event)
    assert one.is_acted_on()
    assert one.entry() == {"subscriptionType": f"object.{event}", "objectType": "invoice", "active": True}


def test_rows_and_filters_of_products_are_subscribed_to(tmp_path, capsys):
    rows = [{"hubspot": "hs_url", "quickbooks": "PurchaseDesc"}]
    group = {"all": [{"property": "hs_folder", "operator": "known"}, {"property": "createdate", "operator": "known"}]}
    path = tmp_path / "settings.yaml"
    path.write_text(yaml.safe_dump({"products": {"direction": "both", "fields": rows,
                                                 "filters": {"to_quickbooks": [group]}}}))  # fmt: skip
    out = generated(tmp_path, "--settings", str(path))
    assert subscribed_properties("product", out) - subscribed_properties("product") == {"hs_url", "hs_folder"}
    assert capsys.readouterr().err == ""


def test_a_product_that_follows_quickbooks_alone_needs_no_word_of_its_properties(tmp_path):
    path = tmp_path / "settings.yaml"
    rows = [{"hubspot": "hs_url", "quickbooks": "PurchaseDesc"}]
    path.write_text(yaml.safe_dump({"products": {"direction": "to_hubspot", "fields": rows}}))
    assert subscriptions(generated(tmp_path, "--settings", str(path))) == subscriptions()


def test_the_local_portal_sends_what_the_committed_project_subscribes_to():
    assert {kind: set(names) for kind, names in PROJECT.items()} == {
        "contacts": subscribed_properties("contact"), "companies": subscribed_properties("company"),
        "products": subscribed_properties("product"), "invoices": set(),
    }  # fmt: skip
    assert "deals" in USED, "a link is told of only where the app may hear of both its ends"


def test_an_object_without_events_of_its_own_is_told_of_by_the_generic_ones():
    """Invoices, for one (reference section 3.2)."""
    one = hubspot_app.Subscription("invoice", "propertyChange", "hs_invoice_status")
    assert one.section == "crmObjects"
    assert one.entry() == {
        "subscriptionType": "object.propertyChange",
        "objectType": "invoice",
        "propertyName": "hs_invoice_status",
        "active": True,
    }


def test_what_hubspot_refuses_is_not_asked_for(tmp_path, capsys):
    """One refused subscription would fail the whole upload."""
    out = generated(tmp_path, "--settings", settings_file(tmp_path, only_if("hs_lastmodifieddate", "createdate")))
    assert subscriptions(out) == subscriptions()
    assert capsys.readouterr().err.startswith("Note: contact.hs_lastmodifieddate: HubSpot takes no subscription")


def test_wrong_settings_are_told_line_by_line(tmp_path, capsys):
    """As `ops settings check` tells them."""
    wrong = settings_file(tmp_path, {"directoin": "both", "conflict": "nobody"})
    assert main(["--settings", wrong, str(tmp_path / "out")]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert (
        f"{wrong}: contacts.directoin: there is no such setting; see docs/settings.md for the ones there are" in lines
    )
    assert [line for line in lines if line.startswith(f"{wrong}: contacts.conflict: ")]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("text", "code"), [(None, 2), ("contacts: [", 1), ("", 1), ("- a", 1)])
def test_a_settings_file_that_cannot_be_read_is_told(tmp_path, capsys, text, code):
    path = tmp_path / "settings.yaml"
    if text is not None:
        path.write_text(text)
    assert main(["--settings", str(path), str(tmp_path / "out")]) == code
    assert str(path) in capsys.readouterr().err


def test_more_subscriptions_than_hubspot_takes_are_refused(tmp_path, capsys):
    used = only_if(*(f"property_{number}" for number in range(1_000)))
    assert main(["--settings", settings_file(tmp_path, used), str(tmp_path / "out")]) == 1
    assert "too many" in capsys.readouterr().err


# --- the guide --------------------------------------------------------------------------------------------------------


def test_the_guide_names_every_scope_and_what_is_lost_without_it():
    """In the table's words and order; a scope that is gone from the table must go from the guide."""
    guide = (ROOT / "docs" / "portals.md").read_text()
    told = "".join(
        f"- `{one.name}`, {'required' if one.required else 'optional'}: {one.purpose}.\n  Without it: {one.without}\n"
        for one in SCOPES
    )
    assert f"\n\n{told}\n" in guide


def test_the_guide_names_the_addresses():
    guide = (ROOT / "docs" / "portals.md").read_text()
    for route in (hubspot_app.CALLBACK_ROUTE, hubspot_app.WEBHOOK_ROUTE, "/webhooks/quickbooks"):
        assert f"PUBLIC_URL{route}`" in guide
    assert "POST" in app.app.routes["/webhooks/quickbooks"]


@pytest.mark.parametrize(
    "key",
    ["hubspot_client_id", "hubspot_client_secret", "hubspot_app_id", "quickbooks_client_id", "quickbooks_client_secret",
     "quickbooks_verifier_token"],
)  # fmt: skip
def test_the_guide_says_where_each_credential_is_shown(key):
    assert f"| `{key}` |" in (ROOT / "docs" / "portals.md").read_text()
