"""nginx with the configuration of deploy/, on free ports and with a certificate of the test's own."""

import subprocess
import time
from pathlib import Path

import requests

from tests import machine
from tests.deadlines import deadline_in
from tests.servers import free_port
from tests.tls import certify

CONFIGURATION = Path(__file__).parents[2] / "deploy/nginx/usher.conf"
NAME = "tickets.example.org"
AROUND = """
daemon off;
pid {here}/pid;
error_log {here}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {here}/body;
    proxy_temp_path {here}/proxy;
    fastcgi_temp_path {here}/fastcgi;
    uwsgi_temp_path {here}/uwsgi;
    scgi_temp_path {here}/scgi;
    include {here}/usher.conf;
}}
"""


class Proxy:
    """One nginx before the API at `port`. Use `https` and `http` as the beginning of URLs."""

    def __init__(self, here: Path, port: int) -> None:
        self.ports = {"http": free_port(), "https": free_port()}
        self.certificate = certify(here / "site.pem")
        text = CONFIGURATION.read_text()
        for old, new in {
            "/etc/usher/tls/web.pem": str(self.certificate),
            "/etc/usher/secrets/web.key": str(self.certificate),
            "127.0.0.1:1245": f"127.0.0.1:{port}",
            "listen 80;": f"listen 127.0.0.1:{self.ports['http']};",
            "listen 443 ": f"listen 127.0.0.1:{self.ports['https']} ",
            "    listen [::]:80;\n": "",
            "    listen [::]:443 ssl http2;\n": "",
        }.items():
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        (here / "usher.conf").write_text(text)
        (here / "nginx.conf").write_text(AROUND.format(here=here))
        program = machine.nginx()
        assert program, "make test installs nginx: python -m tests.machine"
        self._command = [program, "-p", str(here), "-c", str(here / "nginx.conf"), "-e", str(here / "error.log")]
        self._process: subprocess.Popen[bytes] | None = None
        self.http, self.https = (f"{scheme}://127.0.0.1:{port}" for scheme, port in self.ports.items())

    def complaints(self) -> tuple[int, str]:
        """What `nginx -t` says: its exit code, and its output."""
        done = subprocess.run([*self._command, "-t"], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def __enter__(self) -> "Proxy":
        self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL)
        deadline = deadline_in(10)
        while True:
            try:
                requests.get(self.http, allow_redirects=False, timeout=2)
                return self
            except requests.ConnectionError:
                assert self._process.poll() is None, self.complaints()
                assert time.monotonic() < deadline, "nginx does not answer"
                time.sleep(0.02)

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait(10)
