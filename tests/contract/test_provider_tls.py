"""Over TLS: the connection stays open between requests, and a stranger's certificate is refused."""

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.alerts import twilio_wire
from gateway.alerts.errors import ProviderError, Reason
from gateway.alerts.provider import Outgoing, Status
from gateway.alerts.twilio import TwilioAccount, TwilioProvider
from rules.model import Channel
from simulators.provider import ProviderStandIn

TEXT = Outgoing(1, Channel.SMS, "+8613800138000", "门开了 4821", "zh")


def certificate(folder: Path) -> Path:
    """A certificate for 127.0.0.1 that vouches for itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


class TlsFront:
    """Ends TLS in front of the stand-in and counts the connections."""

    def __init__(self, behind: str, pem: Path) -> None:
        self._host, _, port = behind.removeprefix("http://").rpartition(":")
        self._port = int(port)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(pem)
        self.connections = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> str:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._context)
        return f"https://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        inner_reader, inner_writer = await asyncio.open_connection(self._host, self._port)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(_pour(reader, inner_writer))
                both.create_task(_pour(inner_reader, writer))
        except asyncio.CancelledError:
            pass
        finally:
            inner_writer.close()
            writer.transport.abort()
            self._tasks.discard(task)


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    writer.close()


@pytest.fixture
async def standin() -> AsyncIterator[ProviderStandIn]:
    async with ProviderStandIn() as provider:
        yield provider


def account(standin: ProviderStandIn, base: str) -> TwilioAccount:
    return TwilioAccount(
        standin.account_sid,
        standin.auth_token,
        from_number=standin.our_number,
        api_base=base,
    )


async def test_one_connection_serves_many_requests(
    standin: ProviderStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pem = certificate(tmp_path)
    trusting = ssl.create_default_context(cafile=str(pem))
    monkeypatch.setattr(twilio_wire, "_trust", lambda: trusting)
    front = TlsFront(standin.base_url, pem)
    async with front as base:
        twilio = TwilioProvider(account(standin, base))
        for _ in range(3):
            progress = await twilio.send(TEXT)
        await standin.wait_for(lambda: standin.statuses() == ["delivered"] * 3)
        fetched = await twilio.fetch(Channel.SMS, progress.provider_id)
        assert (fetched.status, front.connections) == (Status.DELIVERED, 1)
        await twilio.close()


async def test_a_certificate_that_nobody_vouches_for_is_refused_before_anything_is_sent(
    standin: ProviderStandIn, tmp_path: Path
) -> None:
    async with TlsFront(standin.base_url, certificate(tmp_path)) as base:
        twilio = TwilioProvider(account(standin, base))
        with pytest.raises(ProviderError) as caught:
            await twilio.send(TEXT)
        await twilio.close()
    error = caught.value
    assert (error.reason, error.uncertain) == (Reason.NO_CONNECTION, False)
    assert error.code == "SSLCertVerificationError"
    assert standin.requests == 0
