"""Opens the connection to the broker without ever blocking the loop: name, TCP, TLS.

Owns the socket until it is handed over. Knows nothing of MQTT.
"""

import asyncio
import socket
import ssl

from drivers.mqtt.settings import MqttSettings


async def dial(settings: MqttSettings) -> socket.socket:
    """A connected, non-blocking socket. ``OSError`` (of which ``ssl.SSLError`` and
    ``TimeoutError`` are kinds) when there is none, ``ValueError`` when the host is no name; nothing
    stays open then."""
    context = _context(settings) if settings.tls else None
    async with asyncio.timeout(settings.connect_timeout):
        sock = await _connect(settings.host, settings.port)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if context is None:
                return sock
            return await _secure(sock, context, settings.host)
        except BaseException:
            sock.close()
            raise


def explain(error: OSError | ValueError) -> str:
    """The failure in words for a person."""
    if not isinstance(error, OSError):
        return str(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the broker's certificate is not trusted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {error.reason or error}"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return error.strerror or str(error)


def _context(settings: MqttSettings) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=settings.ca_file or None)
    if settings.cert_file:
        context.load_cert_chain(settings.cert_file, settings.key_file or None)
    return context


async def _connect(host: str, port: int) -> socket.socket:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    failure = OSError(f"{host} has no address")
    for family, kind, protocol, _, address in found:
        sock = socket.socket(family, kind, protocol)
        sock.setblocking(False)
        try:
            await loop.sock_connect(sock, address)
        except OSError as error:
            sock.close()
            failure = error
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise failure


async def _secure(sock: socket.socket, context: ssl.SSLContext, host: str) -> ssl.SSLSocket:
    """The TLS handshake, step by step. Takes ``sock`` over."""
    secured = context.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
    try:
        while True:
            try:
                secured.do_handshake()
            except ssl.SSLWantReadError:
                await _ready(secured, write=False)
            except ssl.SSLWantWriteError:
                await _ready(secured, write=True)
            else:
                return secured
    except BaseException:
        secured.close()
        raise


async def _ready(sock: socket.socket, *, write: bool) -> None:
    loop = asyncio.get_running_loop()
    ready = loop.create_future()

    def tell() -> None:
        if not ready.done():
            ready.set_result(None)

    if write:
        loop.add_writer(sock, tell)
    else:
        loop.add_reader(sock, tell)
    try:
        await ready
    finally:
        if write:
            loop.remove_writer(sock)
        else:
            loop.remove_reader(sock)
