"""All records of a kind, in order: the initial sync, and the plan that rehearses it with the same code (design D11)."""
