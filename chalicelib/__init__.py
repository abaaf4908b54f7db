"""HubSpot ⇄ QuickBooks Online: receive → enqueue → resolve → write → remember."""

VERSION = "0.1.0"
