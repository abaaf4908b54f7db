"""What a test or a reader may choose about the imitation, where the real behaviour varies or is not documented."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DAY_S = 86_400.0


@dataclass
class Settings:
    """Every field may be changed at any time, from Python or with `POST /_control/settings`.

    * `payload_style`: how webhooks look (reference 3.2, 3.3).
    * `inactivation_event`: what the webhook calls it when a name is made inactive (3.3, unverified).
    * `rotation`: when a refresh returns a new refresh-token value (1.4). `strict`: an old value ends the grant.
    * `rotation_grace_s`: for how long an old value works all the same; it is answered with the current one.
    * `concurrent_refresh_is_theft`: a refresh that arrives while another of the same grant waits ends the grant (1.4).
    * `consent`: `at_once` answers for the person, `ask` shows a page with a choice of companies and two buttons.
    * `consent_realm`: the company that the person picks, which the page shows first; None is the first one.
    * `refuse_consent`: the person says no, without a page.
    * `redirect_uris`: the addresses that the app has registered; None lets any pass.
    * `environment`: what the app's keys are for. They do not open companies of the other kind (section 11): 3100.
    * `per_minute`, `per_second`, `batch_per_minute`: throttles of each realm (10.1); None lets everything through.
    * `batch_items`: how many items a batch may have before it is 1040; sources give 10, 25, 30 (section 6).
    * `coreplus_cap`: metered calls of a month before more are refused (10.2); None for a paid tier.
    * `updates_of_inactive`: whether a write to an inactive name that leaves it inactive is taken (unverified).
    * `subscription_lapsed`: every write answers 6190.
    * `linked_events`: an invoice, credit memo or item that changes with another transaction is told too (7.7).
    * `void_event`: how the webhook spells a void; sources differ (3.3).
    * `group_line_amount`: the Amount of a bundle's own line; captured as zero, elsewhere seen as its sum (7.4).
    * `automated_tax_percent`: US companies have automated sales tax at this flat rate (12.2); None: manual tax.
    * `books_closed_until`: a date; API writes of transactions dated then or earlier are 6210.
    """

    payload_style: Literal["cloudevents", "legacy"] = "cloudevents"
    inactivation_event: Literal["updated", "deleted"] = "updated"
    rotation: Literal["daily", "always", "never"] = "daily"
    rotation_grace_s: float = 0.0
    strict: bool = False
    concurrent_refresh_is_theft: bool = False
    consent: Literal["at_once", "ask"] = "at_once"
    consent_realm: str | None = None
    refuse_consent: bool = False
    redirect_uris: list[str] | None = None
    environment: Literal["production", "sandbox"] = "production"
    access_token_s: float = 3600.0
    code_s: float = 300.0
    refresh_idle_s: float = 8_726_400.0
    refresh_hard_s: float = 5 * 365 * DAY_S
    rotation_s: float = DAY_S
    per_minute: int | None = 500
    per_second: int | None = 10
    batch_per_minute: int | None = 40
    batch_items: int = 30
    coreplus_cap: int | None = 500_000
    updates_of_inactive: bool = True
    subscription_lapsed: bool = False
    linked_events: bool = True
    void_event: Literal["voided", "void"] = "voided"
    group_line_amount: Literal["zero", "sum"] = "zero"
    automated_tax_percent: float | None = None
    books_closed_until: str | None = None
