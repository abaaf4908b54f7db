"""What sellers and bookkeepers do with invoices, payments and deals.

Amounts are awkward ones: thirds, half cents, discounts that divide into nothing whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.quickbooks import clock
from tests.local.quickbooks.selling import line, service
from tests.simulation.people import Dice, act, customer_is_made, customers, one_of
from tests.simulation.people_products import items, make_item, typed_anew
from tests.simulation.watch_sales import Mirror, Paid, settled

if TYPE_CHECKING:
    from tests.simulation.world import Firm, World

PRICES = ("9.99", "0.333", "19.95", "33.333", "100", "1234.56", "0.01", "7")
QUANTITIES = (1, 2, 3, 2.5, 7, 0.333)
AMOUNTS = (10, 0.01, 99.99, 33.33, 1234.56, 0.1)
TAXED: dict[str, Any] = {"TaxCodeRef": {"value": "TAX"}}
CALIFORNIA: dict[str, Any] = {"TxnTaxDetail": {"TxnTaxCodeRef": {"value": "2"}}}  # 8 percent
PARTS = (1.0, 1.0, 0.5, 0.333)  # of what is open that a payment pays


# --- invoices ---------------------------------------------------------------------------------------------------------


def day(world: World, ahead: int) -> str:
    return clock.later(clock.today(world.quickbooks.now()), ahead)


def _sold(world: World, firm: Firm, dice: int) -> dict[str, Any]:
    """One line: with a quantity and a price, a quantity that divides the amount into no whole price, or an amount."""
    if not items(firm):
        make_item(world, firm, service, typed_anew(world, firm, (dice, 0, dice, 0)))
    item = one_of(items(firm), dice // 7)["Id"]
    said = {"Description": f"{world.watch.new_value(firm)} <b>"} if dice % 2 else {}
    quantity, price = QUANTITIES[dice % len(QUANTITIES)], PRICES[dice // 3 % len(PRICES)]
    detail = TAXED if dice % 5 == 0 else {}
    match dice % 4:
        case 0:
            return line(AMOUNTS[dice // 5 % len(AMOUNTS)], item, detail=detail, **said)
        case 1:
            amount = AMOUNTS[dice // 5 % len(AMOUNTS)]
            return line(amount, item, detail={**detail, "Qty": quantity}, **said)
        case _:
            amount = round(quantity * float(price) + 1e-9, 2)
            return line(amount, item, detail={**detail, "Qty": quantity, "UnitPrice": float(price)}, **said)


def _lines(world: World, firm: Firm, dice: Dice) -> list[dict[str, Any]]:
    lines = [_sold(world, firm, dice[place % 4] + 31 * place) for place in range(1 + dice[1] % 4)]
    match dice[2] % 7:
        case 0:
            lines.append(_discount(Amount=AMOUNTS[dice[0] % 2], percent=False))
        case 1:
            lines.append(_discount(DiscountPercent=(10, 33.3333, 2.5)[dice[0] % 3], percent=True))
        case 2:
            lines.append(line(-AMOUNTS[dice[0] % 2], one_of(items(firm), dice[0])["Id"]))
        case 3:
            lines.append({"DetailType": "DescriptionOnly", "Description": world.watch.new_value(firm)})
        case 4:
            lines.append(line(12.5, "SHIPPING_ITEM_ID"))
    return lines


def _discount(*, percent: bool, **said: Any) -> dict[str, Any]:
    detail = {"PercentBased": percent, **({"DiscountPercent": said.pop("DiscountPercent")} if percent else {})}
    return {"DetailType": "DiscountLineDetail", "DiscountLineDetail": detail, **said}


def invoices(firm: Firm) -> list[dict[str, Any]]:
    return firm.company.all("Invoice")


@act(14, "invoices")
def invoice_is_made(world: World, firm: Firm, dice: Dice) -> str:
    if not customers(firm):
        customer_is_made(world, firm, dice)
    customer = one_of(customers(firm), dice[0])
    body = {
        "CustomerRef": {"value": customer["Id"]}, "Line": _lines(world, firm, dice), **CALIFORNIA,
        "TxnDate": day(world, -3), "DueDate": day(world, (-1, 0, 1, 2, 30)[dice[2] % 5]),
        "CustomerMemo": {"value": world.watch.new_value(firm)},
    }  # fmt: skip
    made = firm.company.create("Invoice", body)
    return f"{made['Id']} of {customer['Id']} over {made['TotalAmt']}, due {made['DueDate']}"


@act(6, "invoices")
def invoice_gets_other_lines(world: World, firm: Firm, dice: Dice) -> str | None:
    """Some stay, some go, others come."""
    if not (invoice := one_of(invoices(firm), dice[0])):
        return None
    stay = [one for one in invoice["Line"] if one["DetailType"] == "SalesItemLineDetail" and "Id" in one]
    lines = [*stay[: dice[1] % 3], *_lines(world, firm, dice)[: 1 + dice[3] % 3]]
    made = firm.company.update("Invoice", invoice["Id"], {"Line": lines})
    return f"{made['Id']} over {made['TotalAmt']}"


@act(4, "invoices")
def invoice_is_put_off(world: World, firm: Firm, dice: Dice) -> str | None:
    if not (invoice := one_of(invoices(firm), dice[0])):
        return None
    due = day(world, (-2, 0, 1, 20)[dice[1] % 4])
    firm.company.update("Invoice", invoice["Id"], {"DueDate": due})
    return f"{invoice['Id']} until {due}"


@act(3, "invoices")
def invoice_is_sent(world: World, firm: Firm, dice: Dice) -> str | None:
    if not (invoice := one_of(invoices(firm), dice[0])):
        return None
    firm.company.send("Invoice", invoice["Id"], f"{firm.mark}@mail.example")
    return str(invoice["Id"])


@act(2, "invoices")
def invoice_is_voided(world: World, firm: Firm, dice: Dice) -> str | None:
    if not (invoice := one_of(invoices(firm), dice[0])):
        return None
    firm.company.void("Invoice", invoice["Id"])
    return str(invoice["Id"])


@act(2, "invoices")
def invoice_is_deleted(world: World, firm: Firm, dice: Dice) -> str | None:
    if not (invoice := one_of(invoices(firm), dice[0])):
        return None
    firm.company.delete("Invoice", invoice["Id"])
    return str(invoice["Id"])


@act(2, "invoices")
def invoice_changes_customer(world: World, firm: Firm, dice: Dice) -> str | None:
    invoice, customer = one_of(invoices(firm), dice[0]), one_of(customers(firm), dice[1])
    if not invoice or not customer:
        return None
    firm.company.update("Invoice", invoice["Id"], {"CustomerRef": {"value": customer["Id"]}})
    return f"{invoice['Id']} to {customer['Id']}"


# --- payments ---------------------------------------------------------------------------------------------------------


def payments(firm: Firm) -> list[dict[str, Any]]:
    return [one for one in firm.company.all("Payment") if one["TotalAmt"]]


@act(8, "invoices")
def payment_comes(world: World, firm: Firm, dice: Dice) -> str | None:
    """For one or several invoices of a customer, in part or in full; sometimes more than they need."""
    open_ones = [one for one in invoices(firm) if one["Balance"] > 0]
    if not (first := one_of(open_ones, dice[0])):
        return None
    customer = first["CustomerRef"]["value"]
    own = [first, *(one for one in open_ones if one["CustomerRef"]["value"] == customer and one is not first)]
    parts = {
        one["Id"]: max(round(float(one["Balance"]) * PARTS[dice[1] % 4], 2), 0.01) for one in own[: 1 + dice[2] % 3]
    }
    world.watch.serial += 1
    reference = f"chk {firm.mark}-{world.watch.serial}."
    total = round(sum(parts.values()), 2) + (5 if dice[3] % 5 == 0 else 0)
    made = firm.company.pay(customer, total, parts, PaymentRefNum=reference, TxnDate=day(world, 0))
    world.sales.payments[(firm.company.realm_id, made["Id"])] = Paid(reference)
    return f"{made['Id']} {reference} of {customer}: {parts}"


@act(2, "invoices")
def payment_moves(world: World, firm: Firm, dice: Dice) -> str | None:
    """It is for less of its invoices, or for none."""
    if not (payment := one_of(payments(firm), dice[0])):
        return None
    lines = payment["Line"][: dice[1] % 2]
    firm.company.update("Payment", payment["Id"], {"Line": lines})
    return f"{payment['Id']} for {settled({'Line': lines})}"


@act(2, "invoices")
def payment_is_voided(world: World, firm: Firm, dice: Dice) -> str | None:
    if not (payment := one_of(payments(firm), dice[0])):
        return None
    firm.company.void("Payment", payment["Id"])
    return str(payment["Id"])


@act(2, "invoices")
def payment_is_deleted(world: World, firm: Firm, dice: Dice) -> str | None:
    if not (payment := one_of(payments(firm), dice[0])):
        return None
    firm.company.delete("Payment", payment["Id"])
    return str(payment["Id"])


# --- mirrors and deals ------------------------------------------------------------------------------------------------


def mirrors(world: World, firm: Firm) -> list[tuple[str, Mirror]]:
    """Those of a firm that are live."""
    return [
        (one["id"], world.sales.mirrors[(firm.portal.id, one["id"])])
        for one in firm.portal.records("invoices")
        if (firm.portal.id, one["id"]) in world.sales.mirrors
        and world.sales.mirrors[(firm.portal.id, one["id"])].firm is firm
    ]


def deals(firm: Firm) -> list[dict[str, Any]]:
    return firm.portal.records("deals")


@act(5, "invoices")
def deal_is_made(world: World, firm: Firm, dice: Dice) -> str:
    """For some of the invoices that are there."""
    deal = firm.portal.create_record("deals", {"dealname": world.watch.new_value(firm)})
    found = mirrors(world, firm)
    chosen = [one_of(found, number)[0] for number in dice[1 : 2 + dice[0] % 2]] if found else []
    for mirror in chosen:
        firm.portal.link("invoices", mirror, "deals", deal)
    return f"{deal} with {chosen}"


@act(6, "invoices")
def mirror_joins_deal(world: World, firm: Firm, dice: Dice) -> str | None:
    mirror, deal = one_of(mirrors(world, firm), dice[0]), one_of(deals(firm), dice[1])
    if not mirror or not deal:
        return None
    firm.portal.link("invoices", mirror[0], "deals", deal["id"])
    return f"{mirror[0]} and {deal['id']}"


@act(3, "invoices")
def mirror_leaves_deal(world: World, firm: Firm, dice: Dice) -> str | None:
    if not (deal := one_of(deals(firm), dice[0])):
        return None
    if not (mirror := one_of(firm.portal.linked("deals", deal["id"], "invoices"), dice[1])):
        return None
    firm.portal.unlink("invoices", mirror, "deals", deal["id"])
    return f"{mirror} and {deal['id']}"


@act(1, "invoices")
def deals_are_merged(world: World, firm: Firm, dice: Dice) -> str | None:
    one, other = one_of(deals(firm), dice[0]), one_of(deals(firm), dice[1])
    if not one or one["id"] == other["id"]:
        return None
    new_id = world.hubspot.settings.merge_makes_new_id
    survivor = firm.portal.merge_deals(one["id"], other["id"], new_id=new_id)
    before = sum(world.sales.merges[(firm.portal.id, each["id"])] for each in (one, other))
    world.sales.merges[(firm.portal.id, survivor)] = before + 1
    return f"{other['id']} into {one['id']}, now {survivor}"


@act(1, "invoices")
def deal_is_archived(world: World, firm: Firm, dice: Dice) -> str | None:
    if not (deal := one_of(deals(firm), dice[0])):
        return None
    firm.portal.archive_record("deals", deal["id"])
    return str(deal["id"])


@act(1, "invoices")
def deal_is_restored(world: World, firm: Firm, dice: Dice) -> str | None:
    state = firm.portal.state()
    gone = [one for one in state["archived"]["deals"] if one not in state["merged"]["deals"]]
    if not (deal := one_of(gone, dice[0])):
        return None
    firm.portal.restore_record("deals", deal)
    return str(deal)


@act(3, "invoices")
def mirror_changes_hands(world: World, firm: Firm, dice: Dice) -> str | None:
    """A person says whose it is; that stays."""
    if not (found := one_of(mirrors(world, firm), dice[0])):
        return None
    id, mirror = found
    name, held, others = "contacts", mirror.contacts, firm.portal.contacts()
    if dice[1] % 2:
        name, held, others = "companies", mirror.companies, firm.portal.companies()
    linked = firm.portal.linked("invoices", id, name)
    if linked and dice[2] % 2:
        firm.portal.unlink("invoices", id, name, linked[0])
        held -= {one for one in held if world.watch.came_to((name, str(firm.portal.id), one))[2] == linked[0]}
        return f"{id} leaves {linked[0]}"
    if not (other := one_of(others, dice[2])):
        return None
    firm.portal.link("invoices", id, name, other["id"])
    held.add(other["id"])
    return f"{id} to {other['id']}"


@act(1, "invoices")
def mirror_is_archived(world: World, firm: Firm, dice: Dice) -> str | None:
    if not (found := one_of(mirrors(world, firm), dice[0])):
        return None
    firm.portal.archive_record("invoices", found[0])
    world.watch.put_away("invoices", firm, found[0])
    return str(found[0])


@act(1, "invoices")
def own_invoice_is_made(world: World, firm: Firm, dice: Dice) -> str:
    """One that is HubSpot's alone."""
    said = {"hs_currency": "USD", "hs_comments": world.watch.new_value(firm)}
    id = firm.portal.create_invoice(said, [{"price": PRICES[dice[0] % len(PRICES)], "quantity": "1"}])
    world.watch.made("invoices", firm, id, {})
    return id
