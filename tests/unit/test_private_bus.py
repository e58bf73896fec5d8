"""The private D-Bus starts wherever temporary files lie."""

import tempfile
from pathlib import Path

import pytest

from simulators.bluez.private_bus import PrivateBus


async def test_where_temporary_files_lie_deep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("deep" * 20)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    async with PrivateBus() as bus:
        assert bus.address.startswith("unix:path=")
