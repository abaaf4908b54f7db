"""How two accounts become a connection, and cease to be one: tickets, consent, set-up, pages, the end."""
