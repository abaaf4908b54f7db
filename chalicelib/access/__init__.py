"""Who may speak for an account: tokens encrypted at rest, renewed ahead of need, one renewal at a time (design D7)."""
