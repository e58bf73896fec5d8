"""Broken packets of all formats: no exception, and no door that was not authenticated."""

from drivers.errors import Reason
from tests.support.broken_packets import try_many


def test_200_000_broken_packets() -> None:
    """Of a million such in one run (seed 1), none raised and none got past its seal."""
    tally = try_many(200_000, seed=20220401)
    assert tally.total() == 200_000
    # each way to fail is really met, and enough packets survive to show that decoders decode
    for reason in (
        Reason.NO_STATE,
        Reason.UNSUPPORTED,
        Reason.MALFORMED,
        Reason.TRUNCATED,
        Reason.WRONG_KEY,
        Reason.UNENCRYPTED,
        Reason.REPLAY,
    ):
        assert tally[reason] > 500, reason
    assert tally["state"] > 10_000
    assert tally["sealed state"] > 100
