"""The package, built once for all tests of it."""

from pathlib import Path

import pytest

from tests.support import debian


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return debian.build(tmp_path_factory.mktemp("package"))
