"""Which fields transactions have (reference 7.4, 7.7, 7.9): invoices, credit memos, payments."""

from __future__ import annotations

from local.quickbooks.fields import ADDRESS, EMAIL, Complex, Entity, Field, Member, Shape, complex_field, reference

MEMO = Complex((Member("value", 1000),))
PRINT_STATUS = ("NotSet", "NeedToPrint", "PrintComplete")
EMAIL_STATUS = ("NotSet", "NeedToSend", "EmailSent")
TAX_MODES = ("TaxExcluded", "TaxInclusive", "NotApplicable")

LINKED = Shape((Field("TxnId", longest=50), Field("TxnType", longest=50)), frozenset({"TxnLineId"}))
CUSTOM_FIELD = Shape((Field("DefinitionId", longest=50), Field("StringValue")), frozenset({"Name", "Type"}))
TAX = Shape((reference("TxnTaxCodeRef", "TaxCode"), Field("TotalTax", "amount")), frozenset({"TaxLine"}))

_SALES_ITEM = Shape(
    (
        reference("ItemRef", "Item"),
        Field("ServiceDate", "date"),
        reference("ClassRef", "Class"),
        Field("UnitPrice", "amount"),
        Field("Qty", "amount"),
        reference("TaxCodeRef", "TaxCode"),
        Field("TaxInclusiveAmt", "amount"),
        Field("DiscountRate", "amount"),
        Field("DiscountAmt", "amount"),
    ),
    frozenset({"ItemAccountRef", "MarkupInfo", "PriceLevelRef", "TaxClassificationRef"}),
)
_DISCOUNT = Shape(
    (
        Field("PercentBased", "boolean"),
        Field("DiscountPercent", "amount"),
        reference("DiscountAccountRef", "Account"),
        reference("ClassRef", "Class"),
        reference("TaxCodeRef", "TaxCode"),
    ),
    frozenset({"Discount"}),
)
_TEXT = Shape((Field("ServiceDate", "date"), reference("TaxCodeRef", "TaxCode")))
_SUBTOTAL = Shape((), frozenset({"ItemRef"}))
_IN_EVERY_LINE = (
    Field("Id", longest=50),
    Field("Description", longest=4000),
    Field("Amount", "amount"),
)
_IGNORED_IN_LINES = frozenset({"LineNum", "LinkedTxn", "CustomField", "LineEx", "SubtotalLineDetail"})
_PLAIN_DETAILS = (
    Field("SalesItemLineDetail", "shape", shape=_SALES_ITEM),
    Field("DescriptionLineDetail", "shape", shape=_TEXT),
)
_LINE_OF_GROUP = Shape(
    (
        *_IN_EVERY_LINE,
        Field("DetailType", "enum", values=("SalesItemLineDetail", "DescriptionOnly")),
        *_PLAIN_DETAILS,
    ),
    _IGNORED_IN_LINES,
)
_GROUP = Shape(
    (
        reference("GroupItemRef", "Item"),
        Field("Quantity", "amount"),
        Field("Line", "shapes", shape=_LINE_OF_GROUP),
    ),
    frozenset({"ServiceDate"}),
)
LINE = Shape(
    (
        *_IN_EVERY_LINE,
        Field(
            "DetailType",
            "enum",
            values=(
                *("SalesItemLineDetail", "DescriptionOnly", "GroupLineDetail"),
                *("DiscountLineDetail", "SubTotalLineDetail"),
            ),
        ),
        *_PLAIN_DETAILS,
        Field("GroupLineDetail", "shape", shape=_GROUP),
        Field("DiscountLineDetail", "shape", shape=_DISCOUNT),
        Field("SubTotalLineDetail", "shape", shape=_SUBTOTAL),
    ),
    _IGNORED_IN_LINES,
)
PAYMENT_LINE = Shape(
    (Field("Amount", "amount"), Field("LinkedTxn", "shapes", shape=LINKED)),
    frozenset({"Id", "LineNum", "Description", "DetailType", "LineEx", "CustomField"}),
)

_OF_ALL = (
    Field("TxnDate", "date"),
    Field("PrivateNote", longest=4000),
    reference("CurrencyRef", "Currency"),
    Field("ExchangeRate", "amount"),
    Field("TxnSource"),
    Field("TransactionLocationType"),
    reference("ProjectRef", "Project"),
)
_OF_SALES_FORMS = (
    Field("DocNumber", longest=21),
    *_OF_ALL,
    Field("CustomField", "shapes", shape=CUSTOM_FIELD),
    Field("Line", "shapes", shape=LINE),
    Field("TxnTaxDetail", "shape", shape=TAX),
    reference("CustomerRef", "Customer"),
    complex_field("CustomerMemo", MEMO),
    complex_field("BillAddr", ADDRESS),
    complex_field("ShipAddr", ADDRESS),
    complex_field("BillEmail", EMAIL),
    reference("ClassRef", "Class"),
    reference("DepartmentRef", "Department"),
    reference("SalesTermRef", "Term"),
    Field("GlobalTaxCalculation", "enum", values=TAX_MODES),
    Field("TotalAmt", "amount", writable="never"),
    Field("HomeTotalAmt", "amount", writable="never"),
    Field("ApplyTaxAfterDiscount", "boolean", default=False),
    Field("PrintStatus", "enum", values=PRINT_STATUS, default="NeedToPrint"),
    Field("EmailStatus", "enum", values=EMAIL_STATUS, default="NotSet"),
    Field("Balance", "amount", writable="never"),
    Field("HomeBalance", "amount", writable="never"),
)
_FILTERS = frozenset({"Balance", "CustomerRef", "DocNumber", "Id", "ProjectRef", "SalesTermRef", "TxnDate"})
_SORTS = frozenset({"Balance", "DocNumber", "Id", "TxnDate"})


def _never(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name, writable="never") for name in names)


INVOICE = Entity(
    "Invoice",
    (
        *_OF_SALES_FORMS,
        *_never("RecurDataRef", "TaxExemptionRef", "InvoiceLink", "DeliveryInfo", "FreeFormAddress", "EInvoiceStatus"),
        Field("DueDate", "date"),
        Field("ShipDate", "date"),
        Field("TrackingNum"),
        reference("ShipMethodRef", ""),
        complex_field("ShipFromAddr", ADDRESS),
        complex_field("BillEmailCc", EMAIL),
        complex_field("BillEmailBcc", EMAIL),
        reference("DepositToAccountRef", "Account"),
        Field("Deposit", "amount"),
        Field("LinkedTxn", "shapes", shape=LINKED),
        Field("AllowIPNPayment", "boolean", default=False),
        Field("AllowOnlinePayment", "boolean", default=False),
        Field("AllowOnlineCreditCardPayment", "boolean", default=False),
        Field("AllowOnlineACHPayment", "boolean", default=False),
    ),
    filterable=_FILTERS | {"DueDate", "TotalAmt"},
    sortable=_SORTS | {"DueDate"},
    space="transactions",
)

CREDIT_MEMO = Entity(
    "CreditMemo",
    (
        *_OF_SALES_FORMS,
        *_never("RecurDataRef", "TaxExemptionRef", "PaymentMethodRef"),
        reference("InvoiceRef", "Invoice"),
        Field("RemainingCredit", "amount", writable="never"),
    ),
    filterable=_FILTERS,
    sortable=_SORTS,
    space="transactions",
)

PAYMENT = Entity(
    "Payment",
    (
        *_OF_ALL,
        reference("CustomerRef", "Customer"),
        Field("TotalAmt", "amount"),
        Field("UnappliedAmt", "amount", writable="never"),
        reference("PaymentMethodRef", "PaymentMethod"),
        Field("PaymentRefNum", longest=21),
        reference("DepositToAccountRef", "Account"),
        reference("ARAccountRef", "Account"),
        Field("ProcessPayment", "boolean", default=False),
        Field("Line", "shapes", shape=PAYMENT_LINE),
        *_never("TaxExemptionRef"),
    ),
    filterable=frozenset({"CustomerRef", "Id", "PaymentMethodRef", "PaymentRefNum", "TotalAmt", "TxnDate"}),
    sortable=frozenset({"Id", "TxnDate"}),
    space="transactions",
)
