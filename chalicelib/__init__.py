"""HubSpot ⇄ QuickBooks Online: receive → enqueue → resolve → write → remember."""

VERSION = "0.5.0"
