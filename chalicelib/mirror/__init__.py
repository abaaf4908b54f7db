"""QuickBooks' invoices and payments shown in HubSpot, and nothing the other way."""
