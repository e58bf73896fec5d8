"""What ``doctor`` says to type where a secret cannot be read, and where there is no way out."""

from pathlib import Path

import pytest

from gateway import secrets
from gateway.config import Config
from gateway.config.tables import Modem, Mqtt, Twilio
from gateway.doctor import ways
from gateway.doctor.ways import broker, provider


@pytest.mark.parametrize(
    ("unit", "remedy"),
    [
        ("doorwatch.service", "sudo systemd-run -qPG -p User=doorwatch -p LoadCredential="),
        ("none.service", 'sudo install -m 600 -o "$USER" {kept}/mqtt/password FILE, and password_'),
    ],
    ids=["packaged", "from the sources"],
)
async def test_a_password_that_is_kept_for_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unit: str, remedy: str
) -> None:
    (tmp_path / "mqtt").mkdir()
    for name in ("mqtt/password", "doorwatch.service"):
        (tmp_path / name).touch()
    monkeypatch.setattr(secrets, "KEPT", tmp_path)
    monkeypatch.setattr(ways, "UNIT", tmp_path / unit)
    found = await broker(Config(mqtt=Mqtt(username="doorwatch")))
    assert found.said == "only the service may read the password"
    assert (found.remedy or "").startswith(remedy.format(kept=tmp_path))


async def test_without_a_provider_it_names_the_command_and_the_keys() -> None:
    found = await provider(Config())
    assert (found.ok, found.said) == (False, "none is set up: nobody would be told")
    remedy = found.remedy or ""
    assert remedy.startswith("doorwatch setup")
    for table, keys in (
        (Twilio, ("account_sid", "from_number", "auth_token_file")),
        (Modem, ("enabled",)),
    ):
        assert f"[{table.__name__.lower()}]" in remedy
        assert all(key in remedy and key in table.model_fields for key in keys)
