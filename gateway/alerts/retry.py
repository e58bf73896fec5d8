"""When to try again. Pure: the random number is given.

An alarm must not wait long for a provider that is back, and must not hammer one that is down.
"""

from collections.abc import Callable

FIRST_S = 2.0  # seconds before the second attempt
LONGEST_S = 60.0  # no alert waits longer than this for a provider that may be back
RETRY_AFTER_LONGEST_S = 300.0  # a provider's own wish counts up to here; a door cannot wait longer


def backoff(attempts: int, retry_after: float | None, random: Callable[[], float]) -> float:
    """Seconds to wait after ``attempts`` (1 or more) failed ones.

    Doubles from ``FIRST_S`` to ``LONGEST_S``, of which the upper half is random so that alerts
    that failed together do not return together. ``retry_after`` (seconds, the provider's word)
    is waited for in full, and the random part after it.
    """
    whole = min(LONGEST_S, FIRST_S * 2.0 ** min(max(attempts, 1) - 1, 16))
    half = whole / 2
    if retry_after is not None and retry_after > 0:
        return min(retry_after, RETRY_AFTER_LONGEST_S) + half * random()
    return half + half * random()


def poll_after(polls: int) -> float:
    """Seconds before an accepted alert's status is asked again, after ``polls`` questions.

    Most receipts come within seconds: 2 s, growing by half to a minute. What has none after an
    hour waits for a phone to be switched on: every ten minutes.
    """
    return 600.0 if polls > 66 else min(60.0, 2.0 * 1.5 ** min(polls, 16))
