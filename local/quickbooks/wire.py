"""Objects as a reply shows them: in the order of the field tables, without attributes that have no value."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from local.quickbooks import clock
from local.quickbooks.entities import SALES_FORMS, TRANSACTIONS
from local.quickbooks.fields import CUSTOMER, Field
from local.quickbooks.fields_items import ITEM
from local.quickbooks.fields_sales import CREDIT_MEMO, INVOICE, PAYMENT
from local.quickbooks.sale_totals import SHIPPING, rounded

if TYPE_CHECKING:
    from local.quickbooks.record import Record
    from local.quickbooks.state import CompanyFile

_WITH_NAMES = (ITEM, *TRANSACTIONS)
_UNNAMED = ("DepositToAccountRef", "ARAccountRef")  # captured replies give no name with these


def record(file: CompanyFile, record: Record) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    values = {**record.values, **_computed(file, record)}
    for field in record.entity.fields:
        value = values.get(field.name)
        if value is None:
            continue
        if field.kind == "masked":
            value = masked(field.name, value)
        elif field.kind == "reference" and record.entity in _WITH_NAMES:
            value = _named(file, field, value)
        shown[field.name] = plain(value)
    return {
        **shown,
        "domain": "QBO",
        "sparse": False,
        "Id": record.id,
        "SyncToken": str(record.token),
        "MetaData": {
            "CreateTime": clock.whole_seconds(record.created),
            "LastUpdatedTime": clock.whole_seconds(record.updated),
        },
    }


def stub(id: str, at: float) -> dict[str, Any]:
    """What CDC shows of an object that is gone (reference 4)."""
    return {"domain": "QBO", "status": "Deleted", "Id": id, "MetaData": {"LastUpdatedTime": clock.whole_seconds(at)}}


def value(file: CompanyFile, record: Record, name: str) -> Any:
    """One attribute as it is compared in a query."""
    if name in record.values and name not in ("Balance", "FullyQualifiedName"):
        return record.values[name]
    return _computed(file, record).get(name, record.values.get(name))


def full_name(file: CompanyFile, record: Record) -> str:
    """`Parent:Child`, by the names that they have now."""
    ancestors = file.families[record.entity.name].ancestors(record.id)
    above = [file.records[record.entity.name][id].name for id in ancestors]
    return ":".join([*reversed(above), record.name])


def masked(name: str, text: str) -> str:
    """Tax numbers show their last five characters at most (reference 7.2), a social security number none."""
    if name == "SSN":
        return "XXX-XX-XXXX"
    return "X" * (len(text) - 5) + text[-5:]


def is_mask_of(record: Record, name: str, value: object) -> bool:
    """Whether a client sends back the mask that it was shown: that changes nothing."""
    field = record.entity.field(name)
    stored = record.values.get(name)
    return bool(field and field.kind == "masked" and stored and value == masked(name, stored))


def plain(value: Any) -> Any:
    """Copies, with numbers as JSON has them. Up to 15 digits a float is written as exactly the decimal it came from."""
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, Decimal):
        whole = value == 0 or (value == value.to_integral_value() and value.as_tuple().exponent >= 0)  # type: ignore[operator]
        return int(value) if whole else float(value)
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value


def _named(file: CompanyFile, field: Field, value: dict[str, str]) -> dict[str, str]:
    """A reference with the name that its target has now."""
    if field.name in _UNNAMED:
        return value
    name = _name_of(file, field.target, value["value"])
    return {"value": value["value"], "name": name} if name else value


def _name_of(file: CompanyFile, target: str, id: str) -> str | None:
    if target == "Account":
        return file.accounts.full_name(file.accounts.rows[id])
    if id == SHIPPING:
        return "Shipping"
    found = file.records[target].get(id) if target in ("Customer", "Item", "Vendor") else None
    if found is None:
        return None
    return full_name(file, found) if target == "Customer" else found.name


def _computed(file: CompanyFile, record: Record) -> dict[str, Any]:
    family = file.families[record.entity.name]
    match record.entity:
        case entity if entity is CUSTOMER:
            return {
                "FullyQualifiedName": full_name(file, record),
                "Level": family.level(record.id) or None,
                **_balances(file, record),
            }
        case entity if entity is ITEM:
            return {"FullyQualifiedName": full_name(file, record), "Level": family.level(record.id) or None}
        case entity if entity is PAYMENT:
            return {"UnappliedAmt": file.ledger.open(record)}
        case entity if entity in SALES_FORMS:
            return _of_form(file, record)
    return {}


def _balances(file: CompanyFile, customer: Record) -> dict[str, Any]:
    """What a customer owes: what a person set, and the open transactions."""
    family = file.families["Customer"]
    own = _owed(file, customer)
    jobs = (_owed(file, file.records["Customer"][id]) for id in family.descendants(customer.id))
    return {"Balance": own, "BalanceWithJobs": own + sum(jobs)}


def _owed(file: CompanyFile, customer: Record) -> Any:
    opening, unpaid = customer.values.get("Balance", 0), file.ledger.of_customer(customer.id)
    return Decimal(str(opening)) + unpaid if unpaid else opening


def _of_form(file: CompanyFile, form: Record) -> dict[str, Any]:
    values = form.values
    balance = file.ledger.open(form)
    shown: dict[str, Any] = {
        "Balance": balance,
        "Line": _lines(file, form),
        "CustomField": [
            {"DefinitionId": id, "Name": name, "Type": "StringType", **_text(values.get("CustomField", []), id)}
            for id, name in sorted(file.custom_fields.items())
        ],
    }
    if form.entity is INVOICE:
        shown["LinkedTxn"] = [{"TxnId": id, "TxnType": "Payment"} for id in file.ledger.payments(form.key)]
    if form.entity is CREDIT_MEMO:
        shown["RemainingCredit"] = balance
    if file.multi_currency:
        rate, home = values["ExchangeRate"], file.home_currency
        shown["HomeTotalAmt"] = rounded(values["TotalAmt"] * rate, home)
        shown["HomeBalance"] = rounded(balance * rate, home)
    return shown


def _text(held: list[dict[str, str]], id: str) -> dict[str, str]:
    return next(({"StringValue": each["StringValue"]} for each in held if each["DefinitionId"] == id), {})


def _lines(file: CompanyFile, form: Record) -> list[dict[str, Any]]:
    """With the subtotal, which nobody sends, before discount and shipping."""
    lines = [_shown_line(file, line) for line in form.values["Line"]]
    end = next((at for at, line in enumerate(lines) if "Id" not in line), len(lines))
    subtotal = {"Amount": form.values["#subtotal"], "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}
    return [*lines[:end], subtotal, *lines[end:]]


def _shown_line(file: CompanyFile, line: dict[str, Any]) -> dict[str, Any]:
    shown = dict(line)
    for detail, reference, target in (
        ("SalesItemLineDetail", "ItemRef", "Item"),
        ("GroupLineDetail", "GroupItemRef", "Item"),
        ("DiscountLineDetail", "DiscountAccountRef", "Account"),
    ):
        if detail in line:
            id = line[detail][reference]["value"]
            shown[detail] = {**line[detail], reference: {"value": id, "name": _name_of(file, target, id)}}
    if "GroupLineDetail" in line:
        inside = [_shown_line(file, each) for each in line["GroupLineDetail"]["Line"]]
        shown["GroupLineDetail"] = {**shown["GroupLineDetail"], "Line": inside}
    return shown
