"""The recommended settings, dated and explained, as HubSpot recommends them for its own app."""

from __future__ import annotations

from datetime import date

_TEXT = """\
# Recommended settings for HubSpot and QuickBooks Online, of {day}.
# Change what you like, then:   python -m ops settings check FILE
# and to make it so:            python -m ops settings apply FILE
# Every key is explained in docs/settings.md; one left out has its default.
{connection}
contacts:                    # HubSpot's contacts and QuickBooks' customers
  enabled: true              # false stops them at once; links stay
  direction: both            # new and changed records cross both ways
  conflict: hubspot          # both sides edited one field: HubSpot wins
  match: email               # who is there already is linked, not made again
  display_name: company      # a customer is called like the contact's company
  on_name_taken: reject      # QuickBooks takes each name once: say so, and wait
  deletes: ignore            # what is deleted on one side stays on the other
  without_email: exclude     # no e-mail address, no match: leave them out
  filters:
    to_quickbooks:           # a contact goes to QuickBooks only if one of its
      - all:                 # invoices in HubSpot
          - property: invoice.hs_invoice_status     # is no draft any more,
            operator: none_of
            values: [draft]
          - property: invoice.hs_createdate         # was created from today on
            operator: after
            value: "{day}"
          - property: invoice.hs_invoice_source     # and in HubSpot itself
            operator: any_of
            values: [hubspot]
    to_hubspot: []           # every customer goes to HubSpot
  fields: []                 # rows of your own, on top of the default fields

products:                    # HubSpot's products, QuickBooks' products/services
  enabled: true
  direction: to_hubspot      # QuickBooks leads; nothing is made there
  match: sku                 # linked by SKU; without one, by name
  deletes: ignore

invoices:                    # QuickBooks' invoices, mirrored in HubSpot
  enabled: true
  direction: to_hubspot
  deletes: ignore            # one deleted there stays here, and says so
  payments: note             # each on the timeline of its invoices' deals
  filters:
    to_hubspot:
      - all:                 # only those created from today on
          - property: MetaData.CreateTime
            operator: after
            value: "{day}"
"""


def recommended(day: date, connection: str | None = None) -> str:
    """The file as text, for this connection alone where one is named."""
    said = f'\nconnection: "{connection}"    # refused for any other\n' if connection else ""
    return _TEXT.format(day=day.isoformat(), connection=said)
