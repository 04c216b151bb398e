"""A real nginx from the distribution as the origin: serves folders, keeps an access log, can be switched off."""

import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

NGINX = shutil.which("nginx") or ("/usr/sbin/nginx" if pathlib.Path("/usr/sbin/nginx").exists() else None)

CONFIG = """
daemon off;
pid {work}/nginx.pid;
error_log {work}/error.log;
worker_processes 1;
{user}
events {{ worker_connections 512; }}
http {{
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    log_format paths '$status $request_uri';
    access_log {work}/access.log paths;
    client_body_temp_path {work}/body;
    proxy_temp_path {work}/proxy;
    fastcgi_temp_path {work}/fastcgi;
    uwsgi_temp_path {work}/uwsgi;
    scgi_temp_path {work}/scgi;
    sendfile on;
    server {{
        listen 127.0.0.1:{port};
{locations}
    }}
}}
"""


class Nginx:
    """`folders` maps a URL path (with both slashes) to a folder."""

    def __init__(self, folders):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="coho-nginx-"))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        locations = "".join(
            f"        location {path} {{ alias {folder}/; }}\n" for path, folder in folders.items()
        )
        # Started by root, the workers would become an unprivileged user who may not read the test's folders.
        user = "user root;" if pathlib.Path(self.work).owner() == "root" else ""
        config = self.work / "nginx.conf"
        config.write_text(CONFIG.format(work=self.work, port=self.port, locations=locations, user=user))
        self.process = subprocess.Popen(
            [NGINX, "-p", self.work, "-c", config], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._wait_until_up()

    def _wait_until_up(self):
        for _ in range(200):
            if self.process.poll() is not None:
                raise RuntimeError(f"nginx did not start:\n{(self.work / 'error.log').read_text()}")
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("nginx does not listen")

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def requests(self):
        """(status, path as sent) of every request so far."""
        lines = (self.work / "access.log").read_text().splitlines()
        return [(int(status), path) for status, path in (line.split(" ", 1) for line in lines)]

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)

    def close(self):
        self.stop()
        shutil.rmtree(self.work, ignore_errors=True)
