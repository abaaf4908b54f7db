"""HubSpot in its own words. Nothing here knows QuickBooks."""

API_VERSION = "2026-09"  # one constant for every dated path (reference section 2)
