"""HubSpot ⇄ QuickBooks Online: receive → enqueue → resolve → write → remember."""

VERSION = "0.2.0"
