"""What ``doctor`` says where there is no way out at all."""

from gateway.config import Config
from gateway.config.tables import Modem, Twilio
from gateway.doctor.ways import provider


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
