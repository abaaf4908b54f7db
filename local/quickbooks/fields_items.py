"""Which fields items have (reference 7.3)."""

from __future__ import annotations

from local.quickbooks.fields import Entity, Field, Shape, reference

BUNDLE_LINE = Shape((reference("ItemRef", "Item"), Field("Qty", "amount")))
BUNDLE = Shape((Field("ItemGroupLine", "shapes", shape=BUNDLE_LINE),))
_SORTABLE = frozenset({"Id", "Name", "PurchaseCost", "Type", "UnitPrice"})

ITEM = Entity(
    "Item",
    (
        Field("Name", "name", 100),
        Field("FullyQualifiedName", writable="never"),
        Field("Sku", longest=100),
        Field("Description", longest=4000),
        Field("Active", "boolean", default=True),
        Field("SubItem", "boolean"),
        reference("ParentRef", "Item"),
        Field("Level", "integer", writable="never"),
        Field("Taxable", "boolean", default=False),
        Field("SalesTaxIncluded", "boolean"),
        Field("PurchaseTaxIncluded", "boolean"),
        Field("UnitPrice", "amount"),
        Field("Type", "enum", values=("Inventory", "Service", "NonInventory", "Category", "Group")),
        reference("IncomeAccountRef", "Account"),
        Field("PurchaseDesc", longest=1000),
        Field("PurchaseCost", "amount"),
        reference("ExpenseAccountRef", "Account"),
        reference("AssetAccountRef", "Account"),
        Field("TrackQtyOnHand", "boolean"),
        Field("QtyOnHand", "amount"),
        Field("InvStartDate", "date"),
        Field("ReorderPoint", "amount"),
        reference("SalesTaxCodeRef", "TaxCode"),
        reference("PurchaseTaxCodeRef", "TaxCode"),
        reference("ClassRef", "Class"),
        reference("PrefVendorRef", "Vendor"),
        reference("TaxClassificationRef", ""),
        Field("ItemCategoryType"),
        Field("ServiceType"),
        Field("AbatementRate", "amount"),
        Field("ReverseChargeRate", "amount"),
        Field("UQCDisplayText", longest=25),
        Field("UQCId"),
        Field("PrintGroupedItems", "boolean", writable="by person"),
        Field("ItemGroupDetail", "shape", shape=BUNDLE, writable="by person"),
    ),
    filterable=frozenset({"Active", "FullyQualifiedName", "Id", "Name", "SubItem", "Taxable", "Type"}),
    sortable=_SORTABLE,
    hierarchical=True,
    space="items",
    named_by="Name",
)
