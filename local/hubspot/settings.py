"""What can be set on the imitation while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from local.hubspot.kinds import COMPANIES, CONTACTS, DEALS, INVOICES, PRODUCTS

PROJECT = {  # what the committed developer project subscribes to
    CONTACTS.name: [
        "firstname",
        "lastname",
        "email",
        "phone",
        "mobilephone",
        "fax",
        "website",
        "address",
        "city",
        "state",
        "zip",
        "country",
        "company",
    ],
    COMPANIES.name: ["name"],
    PRODUCTS.name: ["description", "hs_cost_of_goods_sold", "hs_sku", "name", "price"],
    INVOICES.name: [],  # their deletion, return and associations; of the deals' side no more than that
}
USED = {  # and what it would add for a settings file that uses these, as the documented examples do
    CONTACTS.name: ["jobtitle"],
    DEALS.name: ["dealstage"],
    INVOICES.name: ["hs_invoice_status"],
}


def _subscribed() -> dict[str, list[str]]:
    return {kind: [*PROJECT.get(kind, ()), *USED.get(kind, ())] for kind in {**PROJECT, **USED}}


@dataclass
class Settings:
    """Everything here may be changed at any time, from Python or with `POST /_control/settings`.

    * `index_lag_s`: how long search keeps showing the past (section 4.6).
    * `rate_limit`: calls in ten seconds for each portal and app, `search_limit`: searches in one; 0 is no limit.
    * `rotate_refresh_tokens`: give a new refresh token on every refresh; using an old one kills the grant.
    * `payload_style`, `subscribed`: which webhooks are sent; `subscribed` may be `"all"` (section 3).
    * `merge_makes_new_id`: merging by API makes a third record the survivor.

    What the reference leaves open about products, invoices and payments (sections 6, 7, 8 and 15):

    * `unique_on_products`: whether products may have unique properties.
    * `writable_on_invoices`: which of `hs_number`, `hs_amount_billed`, `hs_amount_paid` and `hs_balance_due` an app may
      write on an invoice that is not billable; what was written is kept instead of being calculated.
    * `free_non_billable`: invoices that are not billable take any status, edit and deletion; else they follow the rules
      of the others.
    * `source_of_apps_invoices`: the `hs_invoice_source` of invoices that an app makes.
    * `open_needs`: what an invoice must be associated with before an app may finalise it.
    * `line_amounts`: whether a line item's net price is rounded to the currency's digits, or keeps them all.
    * `foreign_currencies`: invoices in a currency that the account has not set up are accepted.
    * `payments_born_succeeded`, `payments_from_quickbooks`: an app may make payments that have `succeeded` already, and
      name `quickbooks` or `xero` as their processor.

    What the app's configuration and the person at the install page say (sections 1.1 and 1.2):

    * `consent`: `at_once` answers for the person, `ask` shows a page with a choice of portals and two buttons.
    * `consent_portal`: the portal that the person picks, which the page shows first; None is the first one.
    * `refuse_consent`: the person says no, without a page.
    * `withhold_scopes`: what the portal's plan does not give; new grants lack these scopes.
    * `redirect_uris`: the addresses that the app has registered; None lets any pass.
    * `app_scopes`, `app_optional_scopes`: the app's declared scopes; while the first is None, neither is compared.
    * `uninstall_kills_access`: an uninstalled app's access tokens are 401 at once, instead of when they expire.
    """

    index_lag_s: float = 1.0
    rate_limit: int = 110
    search_limit: int = 5
    access_token_s: int = 1800
    rotate_refresh_tokens: bool = False
    payload_style: Literal["legacy", "generic", "both"] = "legacy"
    subscribed: dict[str, list[str]] | Literal["all"] = field(default_factory=_subscribed)
    merge_makes_new_id: bool = False
    unique_on_products: bool = True
    writable_on_invoices: list[str] = field(default_factory=list)
    free_non_billable: bool = True
    source_of_apps_invoices: Literal["hubspot", "data_sync"] = "hubspot"
    open_needs: list[str] = field(default_factory=lambda: [CONTACTS.name])
    line_amounts: Literal["rounded", "exact"] = "rounded"
    foreign_currencies: bool = True
    payments_born_succeeded: bool = True
    payments_from_quickbooks: bool = True
    consent: Literal["at_once", "ask"] = "at_once"
    consent_portal: int | None = None
    refuse_consent: bool = False
    withhold_scopes: list[str] = field(default_factory=list)
    redirect_uris: list[str] | None = None
    app_scopes: list[str] | None = None
    app_optional_scopes: list[str] | None = None
    uninstall_kills_access: bool = False
