"""An imitation of HubSpot: its CRM records and their links, OAuth and webhooks. `limits.md` says what it is not."""

from local.hubspot.hub import HubSpot
from local.hubspot.portal import Portal
from local.hubspot.settings import Settings

__all__ = ["HubSpot", "Portal", "Settings"]
