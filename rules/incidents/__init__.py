"""Incidents and what becomes of them: two tables, of ``event``s that are the same for both.

``door``: the one incident of a household's doors. ``other``: all the rest (tamper, silence, many
homes). ``of_home`` and ``of_grid`` keep the others of a household and of a grid.
"""
