"""The policy of doorwatch, pure: no input or output, no clock, no logging.

To read it whole, in this order:

- the words: ``model``, ``said``, ``policy`` (what holds for a household), ``home`` (what is
  remembered of it); ``moment`` and ``local`` are how it counts time;
- ``step``: all that may be said to a home, and ``timers``: what time alone does;
- a door's way: ``openings`` (with ``changed`` and ``unseen``), ``judge``, ``windows``, ``passes``,
  ``breaches``, and ``incidents``, whose table says what follows (with ``happening``,
  ``telling`` and ``quiet``);
- incidents of no door: ``matters``, with its table, and ``home_matters``; what raises them:
  ``sensing``, ``flapping``, ``welfare``; and ``doubt``, for a clock that was wrong;
- what many homes have in common: ``grid``, ``grid_step``, ``grid_matters``, ``silence``, ``mass``,
  ``digest``;
- ``chain``: who is told, when. ``diagram`` draws the two tables.
"""
