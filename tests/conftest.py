"""What a test leaves behind in its process, and the next one must not find."""

import os
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _umask() -> Iterator[None]:
    """Commands keep what they make from others, for the rest of their process."""
    before = os.umask(0o022)
    yield
    os.umask(before)
