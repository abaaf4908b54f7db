"""QuickBooks Online in its own words. Nothing here knows HubSpot."""
