"""Checks of certificates: those of the servers, and our own for them."""

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from ops.doctor.sight import Sight
from tasks_app.configuration import Server
from tasks_app.doctor import Finding, Level, UnseenError

WARN_DAYS, LATE_DAYS = 30, 7
TIMEOUT_SECONDS = 3.0


def expiry(sight: Sight) -> Iterator[Finding]:
    """No certificate for `rediss://` ends soon."""
    silent = []
    for variable, server in sight.servers.items():
        if not server.secure:
            continue
        for host, port in server.nodes():
            try:
                found = _of_server(server, host, port)
            except OSError as error:
                silent.append(f"{host}:{port} shows no certificate ({type(error).__name__}).")
                continue
            yield from _judge(found, f"The certificate of {host}:{port} ({variable})")
        for name, path in server.files:
            if name != "ssl_keyfile" and Path(path).is_file():
                yield from _judge(x509.load_pem_x509_certificates(Path(path).read_bytes())[0], f"{path} ({name})")
    if silent:
        raise UnseenError(" ".join(silent))


def _of_server(server: Server, host: str, port: int) -> x509.Certificate:
    """Not verified here, so that one which has ended is seen: every other connection of Usher's verifies it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    files = dict(server.files)
    if "ssl_certfile" in files:
        context.load_cert_chain(files["ssl_certfile"], files.get("ssl_keyfile"))
    with (
        socket.create_connection((host, port), TIMEOUT_SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=host) as secure,
    ):
        shown = secure.getpeercert(binary_form=True)
    if not shown:
        raise OSError("no certificate")
    return x509.load_der_x509_certificate(shown)


def _judge(certificate: x509.Certificate, name: str) -> Iterator[Finding]:
    left = certificate.not_valid_after_utc - datetime.now(UTC)
    day = f"{certificate.not_valid_after_utc:%Y-%m-%d}"
    if left.days >= WARN_DAYS:
        return
    if left.total_seconds() < 0:
        yield Finding("error", f"{name} ended on {day}: no connection is made any more.", "Renew it.")
    else:
        level: Level = "error" if left.days < LATE_DAYS else "warning"
        yield Finding(level, f"{name} ends on {day}.", "Renew it before.")
