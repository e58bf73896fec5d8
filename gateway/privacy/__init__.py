"""Personal data: kept as long as it serves, handed out to whom it is about, and erased.

``released`` whose time is over, ``past`` whose what was when, ``deleting`` what is taken out of the
store, ``purge`` when, ``export`` what a household is given.
"""
