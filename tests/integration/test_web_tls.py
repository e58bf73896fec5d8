"""The pages by TLS, as config.toml says: the real gateway, and what browsers keep of it."""

import asyncio
import os
import ssl
import urllib.request
from pathlib import Path

from simulators.broker import free_port
from simulators.mqtt.certificates import Authority
from tests.support.site import READY_S, Site


async def test_the_pages_come_by_tls_and_say_so(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    pair = authority.issue("web")
    os.chmod(pair.key_file, 0o600)  # noqa: PTH101
    site = Site(tmp_path, f"embedded://127.0.0.1:{free_port()}", None)
    tls = f'[web]\ntls_cert = "{pair.cert_file}"\ntls_key = "{pair.key_file}"\n'
    site.config.write_text(site.config.read_text().replace("[web]\n", tls))
    await site.import_ledger()
    trust = ssl.create_default_context(cafile=str(authority.ca_file))

    def get(scheme: str) -> "tuple[int, str | None] | None":
        try:
            address = f"{scheme}://127.0.0.1:{site.web}/login"
            with urllib.request.urlopen(address, timeout=5, context=trust) as answer:
                return answer.status, answer.headers["strict-transport-security"]
        except OSError:
            return None

    await site.start()
    try:
        async with asyncio.timeout(READY_S):
            while (found := await asyncio.to_thread(get, "https")) is None:
                assert site.running, site.log.read_text()
                await asyncio.sleep(0.1)
        status, kept = found
        assert status == 200
        assert kept is not None and kept.startswith("max-age=")
        assert await asyncio.to_thread(get, "http") is None
    finally:
        await site.stop()
