"""``doorwatch demo``: a neighbourhood's day played to the real gateway, and what came of it.

The one place where simulators meet the product. ``stage`` puts the parts up, ``player`` plays the
day, ``show`` prints it, ``outcome`` holds it against the neighbourhood's own truth.
"""

from simulators.demo.outcome import Summary
from simulators.demo.show import Show
from simulators.demo.stage import BUS_COMMAND, Plan, perform

__all__ = ["BUS_COMMAND", "Plan", "Show", "Summary", "perform"]
