"""A test's own TLS: a certificate that vouches for itself, and a relay that speaks TLS for a server without it."""

import datetime
import ipaddress
import socket
import ssl
import threading
from pathlib import Path
from types import TracebackType

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


def certify(path: Path, days: int = 1) -> Path:
    """Write a key and its certificate, for 127.0.0.1, into one file. It ends in so many days."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, path.stem)])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now - datetime.timedelta(days=2))
    builder = builder.not_valid_after(now + datetime.timedelta(days=days))
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = builder.add_extension(address, critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    signed = builder.sign(key, SHA256())
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + signed.public_bytes(Encoding.PEM)
    )
    return path


class Door:
    """Accepts TLS connections, with a certificate of `clients` if that is given, and relays them to `port`."""

    def __init__(self, certificate: Path, port: int, clients: Path | None = None) -> None:
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate)
        if clients is not None:
            self._tls.verify_mode = ssl.CERT_REQUIRED
            self._tls.load_verify_locations(clients)
        self._behind = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.relayed = 0

    def __enter__(self) -> "Door":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._relay, args=(connection,), daemon=True).start()

    def _relay(self, connection: socket.socket) -> None:
        try:
            outside = self._tls.wrap_socket(connection, server_side=True)
        except OSError:  # also a refused certificate
            connection.close()
            return
        inside = socket.create_connection(("127.0.0.1", self._behind))
        outside.settimeout(0.005)  # one thread for both ways: an SSLSocket is not for two at a time
        inside.settimeout(0.005)
        with outside, inside:
            while self._pass(outside, inside) and self._pass(inside, outside):
                pass

    def _pass(self, source: socket.socket, target: socket.socket) -> bool:
        try:
            part = source.recv(65_536)
        except TimeoutError:
            return True
        except OSError:
            return False
        if part:
            self.relayed += len(part)
            target.settimeout(5)
            target.sendall(part)
            target.settimeout(0.005)
        return bool(part)
