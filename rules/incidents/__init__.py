"""What becomes of a breach: ``door`` and ``other`` are the actions of the tables, ``event`` is what
may happen; ``of_home`` and ``of_grid`` know who has which incident; ``unreached`` and
``overdue`` are alerts that did not arrive, or not in time."""
