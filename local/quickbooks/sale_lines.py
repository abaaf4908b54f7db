"""The lines of a sales form, out of what a request sends (reference 7.4)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from local.quickbooks import faults
from local.quickbooks.lists import TaxCode
from local.quickbooks.sale_totals import INCLUSIVE, SHIPPING, Line, inner, rounded, unit_price

if TYPE_CHECKING:
    from local.quickbooks.record import Record
    from local.quickbooks.state import CompanyFile

_HUNDRED = Decimal(100)
_DISCOUNTS_GIVEN = "83"
_PSEUDO = ("TAX", "NON")


def used_items(lines: list[Line]) -> dict[str, Decimal]:
    """How many of which item the lines sell."""
    sold: dict[str, Decimal] = {}
    for line in inner(lines):
        detail = line.get("SalesItemLineDetail")
        if detail:
            id = detail["ItemRef"]["value"]
            sold[id] = sold.get(id, Decimal(0)) + detail.get("Qty", Decimal(0))
    return sold


def code_of_line(file: CompanyFile, line: Line, code_of_form: TaxCode | None) -> TaxCode | None:
    """What taxes a line: in the US the form's code if the line says TAX, elsewhere the line's own."""
    id = line["SalesItemLineDetail"].get("TaxCodeRef", {}).get("value")
    if file.lists.in_us:
        return code_of_form if id == "TAX" else None
    return file.lists.tax_code(id) if id else None


class Lines:
    """Builds the lines of one form. `made`: how many line ids were ever given out for it."""

    def __init__(self, file: CompanyFile, currency: str, mode: str, *, by_person: bool, made: int) -> None:
        self._file = file
        self._currency = currency
        self._mode = mode
        self._by_person = by_person
        self.made = made

    def build(self, sent: list[Line], stored: list[Line]) -> list[Line]:
        """The whole list anew. A line keeps the id that it had, an unknown one gets a new id (reference 2.7)."""
        self._kept: set[str] = set()
        self._stored = {line["Id"]: line for line in [*stored, *inner(stored)] if "Id" in line}
        body: list[Line] = []
        discounts: list[Line] = []
        shipping: list[Line] = []
        for line in sent:
            match line.get("DetailType"):
                case None:
                    raise faults.required_missing("Line.DetailType")
                case "SubTotalLineDetail":
                    continue
                case "DiscountLineDetail":
                    discounts.append(self._discount(line))
                case "GroupLineDetail":
                    body.append(self._group(line))
                case "SalesItemLineDetail" if _item_of(line) == SHIPPING:
                    shipping.append(self._shipping(line))
                case _:
                    body.append(self._plain(line))
        if not body:
            raise faults.missing_lines()
        if len(discounts) > 1 or len(shipping) > 1:
            raise faults.business_rule("A sales form has one discount and one shipping amount at most.")
        _number(body)
        return [*body, *discounts, *shipping]

    def _plain(self, line: Line) -> Line:
        """An item or a text. A line without an item is a text, and its amount counts for nothing."""
        detail = line.get("SalesItemLineDetail", {})
        if line["DetailType"] == "DescriptionOnly" or _item_of(line) is None:
            shown = line.get("DescriptionLineDetail", {})
            return self._line(line, {"DetailType": "DescriptionOnly", "DescriptionLineDetail": shown})
        item = self._item(line)
        if line.get("Description") is None and self._by_person and "Description" in item.values:
            line = {**line, "Description": item.values["Description"]}
        reference = {"value": item.id}
        amount, amounts = self._amounts(line, detail, item)
        code = self._code(detail, item)
        optional = {name: detail[name] for name in ("ServiceDate", "ClassRef") if name in detail}
        shown = {"ItemRef": reference, **optional, **amounts, **({"TaxCodeRef": {"value": code}} if code else {})}
        made = self._line(line, {"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": shown})
        self._include_tax(made, detail)
        return made

    def _amounts(self, line: Line, detail: Line, item: Record) -> tuple[Decimal, Line]:
        for name in ("DiscountRate", "DiscountAmt"):
            if detail.get(name):
                raise faults.feature_not_supported(name)
        amount, quantity, price = line.get("Amount"), detail.get("Qty"), detail.get("UnitPrice")
        gross = detail.get("TaxInclusiveAmt") if self._mode == INCLUSIVE else None
        if amount is None and self._by_person and not gross:  # the form fills in and multiplies
            quantity = Decimal(1) if quantity is None else quantity
            price = item.values.get("UnitPrice", Decimal(0)) if price is None else price
            amount = quantity * price
        amount = gross or None if amount is None else amount
        if amount is None:
            raise faults.required_missing("Line.Amount")
        amount = rounded(amount, self._currency)
        if quantity is not None and price is not None and line.get("Amount") is not None:
            product = rounded(quantity * price, self._currency)
            if product not in (amount, gross and rounded(gross, self._currency)):
                raise faults.wrong_amount(line["Amount"])
        if quantity and price is None:
            price = unit_price(amount, quantity)
        shown = {"UnitPrice": price, "Qty": quantity}
        return amount, {name: value for name, value in shown.items() if value is not None}

    def _include_tax(self, line: Line, sent: Line) -> None:
        """Where prices include tax, the gross amount decides, and net amount and unit price follow (12.3)."""
        if self._mode != INCLUSIVE:
            return
        detail = line["SalesItemLineDetail"]
        code = code_of_line(self._file, line, None)
        factor = 1 + (code.percent if code else Decimal(0)) / _HUNDRED
        gross = rounded(sent.get("TaxInclusiveAmt") or line["Amount"] * factor, self._currency)
        detail["TaxInclusiveAmt"] = gross
        line["Amount"] = rounded(gross / factor, self._currency)
        if detail.get("Qty"):
            detail["UnitPrice"] = unit_price(line["Amount"], detail["Qty"])

    def _shipping(self, line: Line) -> Line:
        if not self._file.sales_preferences["AllowShipping"]:
            raise faults.business_rule("Shipping is not switched on for the sales forms of this company.")
        if line.get("Amount") is None:
            raise faults.required_missing("Line.Amount")
        detail = line["SalesItemLineDetail"]
        code = self._code(detail, None)
        shown = {"ItemRef": {"value": SHIPPING}, **({"TaxCodeRef": {"value": code}} if code else {})}
        made = {
            "Amount": rounded(line["Amount"], self._currency),
            **{"DetailType": "SalesItemLineDetail", "SalesItemLineDetail": shown},
        }
        self._include_tax(made, detail)
        return made

    def _discount(self, line: Line) -> Line:
        detail = line.get("DiscountLineDetail", {})
        if not self._file.sales_preferences["AllowDiscount"]:
            raise faults.business_rule("Discounts are not switched on for the sales forms of this company.")
        by_percent = bool(detail.get("PercentBased"))
        value = detail.get("DiscountPercent") if by_percent else line.get("Amount")
        if value is None:
            raise faults.discount_incomplete()
        if value < 0:
            raise faults.negative_amount("Line.Amount")
        if by_percent and value > _HUNDRED:
            raise faults.invalid_percent("Line.DiscountLineDetail.DiscountPercent", value)
        account = detail.get("DiscountAccountRef", {"value": _DISCOUNTS_GIVEN})
        self._file.require_listed("Account", account["value"], "Line.DiscountLineDetail.DiscountAccountRef")
        percent = {"DiscountPercent": value} if by_percent else {}
        shown = {"PercentBased": by_percent, **percent, "DiscountAccountRef": account}
        amount = Decimal(0) if by_percent else rounded(value, self._currency)
        described = {"Description": line["Description"]} if "Description" in line else {}
        return {**described, "Amount": amount, "DetailType": "DiscountLineDetail", "DiscountLineDetail": shown}

    def _group(self, line: Line) -> Line:
        """A bundle. Its own lines may be sent; a new one without lines gets those of the bundle."""
        detail = line.get("GroupLineDetail", {})
        if "GroupItemRef" not in detail:
            raise faults.required_missing("GroupLineDetail.GroupItemRef")
        bundle = self._file.items.require(detail["GroupItemRef"]["value"], "GroupItemRef", self._stays(line))
        if bundle.values["Type"] != "Group":
            raise faults.business_rule("A group line needs an item of the type Group.")
        quantity = detail.get("Quantity", Decimal(1))
        made = self._line(line, {"Amount": Decimal(0), "DetailType": "GroupLineDetail"})
        sent = detail.get("Line")
        if sent is None:
            known = self._stored.get(str(line.get("Id")), {})
            sent = known.get("GroupLineDetail", {}).get("Line") or self._of_bundle(bundle, quantity)
        lines = [self._plain({"DetailType": "SalesItemLineDetail", **each}) for each in sent]
        made["GroupLineDetail"] = {"GroupItemRef": {"value": bundle.id}, "Quantity": quantity, "Line": lines}
        if self._file.settings.group_line_amount == "sum":
            made["Amount"] = sum((each.get("Amount", Decimal(0)) for each in lines), Decimal(0))
        return made

    def _of_bundle(self, bundle: Record, quantity: Decimal) -> list[Line]:
        found = []
        for part in bundle.values.get("ItemGroupDetail", {}).get("ItemGroupLine", ()):
            item = self._file.items.require(part["ItemRef"]["value"], "ItemRef", stays=False)
            count, price = part.get("Qty", Decimal(1)) * quantity, item.values.get("UnitPrice", Decimal(0))
            detail: Line = {"ItemRef": {"value": item.id}, "Qty": count, "UnitPrice": price}
            detail["TaxCodeRef"] = {"value": self._usual_code(item)}
            line: Line = {"Amount": rounded(count * price, self._currency), "SalesItemLineDetail": detail}
            if "Description" in item.values:
                line["Description"] = item.values["Description"]
            found.append(line)
        return found

    def _item(self, line: Line) -> Record:
        item = self._file.items.require(str(_item_of(line)), "ItemRef", self._stays(line))
        if item.values["Type"] in ("Category", "Group"):
            raise faults.business_rule(f"An item of the type {item.values['Type']} cannot stand on a sales line.")
        return item

    def _stays(self, line: Line) -> bool:
        """Whether the line had the same item before: then it may be inactive by now."""
        known = self._stored.get(str(line.get("Id")))
        return known is not None and _item_of(known) == _item_of(line)

    def _usual_code(self, item: Record) -> str:
        if self._file.lists.in_us:
            return "TAX" if item.values.get("Taxable") else "NON"
        return str(item.values.get("SalesTaxCodeRef", {}).get("value", ""))

    def _code(self, detail: Line, item: Record | None) -> str | None:
        """The tax code of a line (reference 12.2, 12.3)."""
        code: str | None = detail.get("TaxCodeRef", {}).get("value") or None
        if code is None and item and self._by_person:
            code = self._usual_code(item) or None
        if self._file.lists.in_us:
            if code not in (None, *_PSEUDO):
                raise faults.wrong_tax_code(code)
            return code or "NON"
        if self._mode == "NotApplicable":
            return None
        if code is None:
            raise faults.business_rule("Make sure all your transactions have a VAT rate before you save.")
        if code in _PSEUDO:
            raise faults.wrong_tax_code(code)
        self._file.require_listed("TaxCode", code, "TaxCodeRef")
        return code

    def _line(self, sent: Line, values: Line) -> Line:
        id = str(sent.get("Id", ""))
        if id not in self._stored or id in self._kept:
            self.made += 1
            id = str(self.made)
        self._kept.add(id)
        described = {"Description": sent["Description"]} if "Description" in sent else {}
        return {"Id": id, "LineNum": 0, **described, **values}


def _item_of(line: dict[str, Any]) -> str | None:
    detail = line.get("SalesItemLineDetail", {})
    reference: dict[str, str] = detail.get("ItemRef") or line.get("GroupLineDetail", {}).get("GroupItemRef") or {}
    id: str | None = reference.get("value")
    return id


def _number(body: list[Line]) -> None:
    position = 0
    for line in body:
        for each in (line, *line.get("GroupLineDetail", {}).get("Line", ())):
            position += 1
            each["LineNum"] = position
