"""What must last: one SQLite file. ``schema.py`` is its shape, one module a table beside it."""
