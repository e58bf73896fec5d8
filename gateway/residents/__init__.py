"""The resident's own way in: a secret link, or a code inside the home with a PIN. Knows no page."""
