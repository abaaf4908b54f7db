"""QuickBooks' payment as HubSpot shows it: a note on a deal's timeline, and a payment where an account has those.

HubSpot reference 7.4 and 7.6, QuickBooks reference 7.7.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from html import escape

from chalicelib.quickbooks.invoices import Payment
from chalicelib.resolve.amounts import NOUGHT, decimals, digits_of, exact, money
from chalicelib.resolve.stages import day, has_voided_note

CREATED, SUCCEEDED = "processing", "succeeded"  # a payment is made in the first status, then patched to the second
PROCESSOR, NO_PROCESSOR = "quickbooks", "none"  # the second where an account refuses the first
INVOICE, CREDIT = "Invoice", "CreditMemo"  # what a payment's line may be applied to
_METHODS = (  # words of a payment method's name -> HubSpot's type, the first that fits
    (r"\b(ach|e-?check|eft)\b", "ach"),
    (r"\bsepa\b", "sepa"),
    (r"\bbacs\b", "bacs"),
    (r"\bwire\b|\bbank transfer\b", "wire_transfer"),
    (r"\b(che(ck|que)s?)\b", "check"),
    (r"\bcash\b", "cash"),
    (r"\b(cards?|visa|master ?card|amex|american express|discover|diners?|jcb)\b", "card"),
)


def applied(payment: Payment) -> dict[str, Decimal]:
    """Invoice id → what this payment settles of it, by money or by credit."""
    found: dict[str, Decimal] = {}
    for amount, links in _settled(payment):
        invoices = [id for type, id in links if type == INVOICE]
        for place, id in enumerate(invoices):  # a line has one by the book; if not, its amount is counted once
            found[id] = found.get(id, NOUGHT) + (NOUGHT if place else amount)
    return found


def credits_applied(payment: Payment) -> Decimal:
    """How much of what is settled came from credit memos and other open credits, and so is no money received.

    A journal entry may be either; then what the invoices got beyond the money says it.
    """
    memos = sum((amount for amount, links in _settled(payment) if {type for type, _ in links} == {CREDIT}), NOUGHT)
    beyond = sum(applied(payment).values(), NOUGHT) - (payment.TotalAmt - payment.UnappliedAmt)
    return max(memos, beyond, NOUGHT)


def money_applied(payment: Payment) -> Decimal:
    """What of the money received went to invoices; the rest waits in QuickBooks as the customer's credit."""
    return max(NOUGHT, sum(applied(payment).values(), NOUGHT) - credits_applied(payment))


def is_voided(payment: Payment) -> bool:
    return not payment.TotalAmt and not applied(payment) and has_voided_note(payment.PrivateNote)


def note_mark(realm_id: str, payment_id: str) -> str:
    """The last words of a payment's note, by which it is found again."""
    return f"QuickBooks payment {payment_id} (company {realm_id})"


def is_note_of(body: str, realm_id: str, payment_id: str) -> bool:
    """Whether a note is the payment's, however HubSpot has tidied its HTML and whatever a person has added to it."""
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]*>|&nbsp;|\u00a0", " ", body))
    marks = re.findall(r"QuickBooks payment \S+ \(company [^\s)]+\)", words)
    return marks[-1:] == [note_mark(realm_id, payment_id)]  # the last one: a reference before it may say anything


def note_body(
    payment: Payment,
    numbers: Mapping[str, str],
    realm_id: str,
    *,
    home_currency: str = "USD",
    method: str = "",
    deleted: bool = False,
) -> str:
    """The note's HTML. Everything that a person wrote in QuickBooks is escaped.

    `numbers`: invoice id → its number, of every invoice the payment is or was for. `method`: the payment method's name,
    which QuickBooks' row has only as an id. `deleted`: QuickBooks has it no more; then what is known is the last state.
    """
    currency = payment.CurrencyRef.value or home_currency
    facts = [
        ("Date", payment.TxnDate),
        ("Method", method or payment.PaymentMethodRef.name),
        ("Reference", payment.PaymentRefNum),
        *_invoice_facts(payment, numbers, currency),
        ("Not applied yet", _sum(payment.UnappliedAmt, currency) if payment.UnappliedAmt > 0 else ""),
    ]
    heading = _heading(payment, currency, deleted=deleted or payment.deleted)
    told = [f"{label}: {escape(value)}" for label, value in facts if value]
    mark = escape(note_mark(realm_id, payment.Id))
    return "".join(
        f"<p>{text}</p>" for text in (f"<strong>{escape(heading)}</strong>", "<br>".join(told), mark) if text
    )


def payment_properties(
    payment: Payment, realm_id: str, *, home_currency: str = "USD", method: str = "", email: str = ""
) -> dict[str, str]:
    """HubSpot's payment for the money that went to invoices; empty where there is none (credits only, void, unapplied).

    What is not applied is left out, since HubSpot would count it as paid on the invoice. To be made in the status
    `CREATED` and then patched to `SUCCEEDED`. An account may refuse `hs_processor_type`: then `NO_PROCESSOR`.
    """
    amount = money_applied(payment)
    if not amount:
        return {}
    currency = payment.CurrencyRef.value or home_currency
    name = method or payment.PaymentMethodRef.name
    given_on = day(payment.TxnDate)
    said = {
        "hs_initial_amount": _figure(amount, currency),
        "hs_initiated_date": f"{given_on.isoformat()}T00:00:00.000Z" if given_on else "",
        "hs_currency_code": currency,
        "hs_latest_status": CREATED,
        "hs_payment_method_type": method_type(name),
        "hs_processor_type": PROCESSOR,
        "hs_reference_number": reference(realm_id, payment.Id),
        "hs_customer_email": email,
        "hs_internal_comment": _comment(payment, name, currency),
    }
    return {name: value for name, value in said.items() if value}


def reference(realm_id: str, payment_id: str) -> str:
    """What HubSpot's payment carries, and by which it can be found again."""
    return f"QBO-PMT-{realm_id}-{payment_id}"


def method_type(name: str) -> str:
    """HubSpot's type of a payment method by the name that the company gave it."""
    found = (type for words, type in _METHODS if re.search(words, name.casefold()))
    return next(found, "other") if name.strip() else ""


def _settled(payment: Payment) -> list[tuple[Decimal, Sequence[tuple[str, str]]]]:
    """Each line's amount, and the type and id of what it is applied to."""
    return [
        (
            exact(line.get("Amount")),
            [(str(one.get("TxnType")), str(one.get("TxnId"))) for one in line.get("LinkedTxn") or ()],
        )
        for line in payment.Line
    ]


def _heading(payment: Payment, currency: str, *, deleted: bool) -> str:
    received = f"Payment of {_sum(payment.TotalAmt, currency)}"
    if deleted:
        return f"{received if payment.TotalAmt else 'Payment'} was deleted in QuickBooks"
    if is_voided(payment):
        return "Payment was voided in QuickBooks"
    credit = credits_applied(payment)
    if not credit:
        return received
    credited = _sum(credit, currency)
    return f"{received} and credit of {credited}" if payment.TotalAmt else f"Credit of {credited}"


def _invoice_facts(payment: Payment, numbers: Mapping[str, str], currency: str) -> list[tuple[str, str]]:
    """What each invoice got; those that the payment is no longer applied to without an amount."""
    amounts, own = applied(payment), _numbers_in(payment)
    facts = []
    for id in dict.fromkeys([*amounts, *numbers]):
        named = numbers.get(id) or own.get(id) or f"without a number (QuickBooks id {id})"
        facts.append(("Invoice", f"{named}, {_sum(amounts[id], currency)}" if id in amounts else named))
    return facts


def _numbers_in(payment: Payment) -> dict[str, str]:
    """The invoices' numbers that QuickBooks may put beside a payment's lines."""
    found = {}
    for line in payment.Line:
        pairs = [one.get("value") or {} for one in (line.get("LineEx") or {}).get("any") or ()]
        extra = {str(pair.get("Name")): str(pair.get("Value") or "") for pair in pairs}
        found[extra.get("txnId", "")] = extra.get("txnReferenceNumber", "")
    return found


def _comment(payment: Payment, method: str, currency: str) -> str:
    parts = [
        f"Reference {payment.PaymentRefNum}" if payment.PaymentRefNum else "",
        f"paid by {method}" if method else "",
        f"{_sum(payment.TotalAmt, currency)} received" if payment.TotalAmt != money_applied(payment) else "",
    ]
    return "; ".join(filter(None, parts))


def _sum(amount: Decimal, currency: str) -> str:
    return f"{_figure(amount, currency)} {currency}"


def _figure(amount: Decimal, currency: str) -> str:
    return money(amount, max(digits_of(currency), decimals(amount)))
