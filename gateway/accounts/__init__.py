"""Who may use the pages: users, their passwords, logins that go on, and rights. Knows no page."""
