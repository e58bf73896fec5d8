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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes minutes begins first, or one core waits for the other at the end."""
    items.sort(key=lambda item: "recovery" not in item.path.parts)
