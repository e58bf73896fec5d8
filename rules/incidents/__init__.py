"""What becomes of incidents: a table for the one of a household's doors (``door``), another for all
the rest (``other``), which ``of_home`` and ``of_grid`` keep."""
