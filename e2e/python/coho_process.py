"""The server under test as a process: started on free ports, stopped by its own process handle."""

import os
import pathlib
import queue
import shutil
import subprocess
import tempfile
import threading
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("COHO_BINARY", ROOT / "target" / "checked" / "coho"))

ACCESS_KEY_ID = "e2ekey"
ACCESS_KEY_SECRET = "e2e-secret-0123456789"
REGION = "cn-hangzhou"

START_SECONDS = 30
STOP_SECONDS = 10


class Coho:
    """A running `coho serve` with a fresh data folder."""

    def __init__(self, *args):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="coho-e2e-"))
        self.log = self.work / "stderr.log"
        self.args = args
        self.process = None
        self.addresses = {}
        try:
            self.start()
        except BaseException:
            shutil.rmtree(self.work, ignore_errors=True)
            raise

    def start(self):
        env = {name: value for name, value in os.environ.items() if not name.startswith("COHO_")}
        env["COHO_ACCESS_KEY_ID"] = ACCESS_KEY_ID
        env["COHO_ACCESS_KEY_SECRET"] = ACCESS_KEY_SECRET
        command = [BINARY, "serve", "--data-dir", self.work / "data", "--listen", "127.0.0.1:0"]
        command += ["--admin-listen", "127.0.0.1:0", "--console-listen", "off", *self.args]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True
            )
        lines = queue.Queue()
        threading.Thread(target=self._read, args=(self.process.stdout, lines), daemon=True).start()
        while (line := self._next(lines)) != "ready":
            words = line.split()
            if len(words) == 2 and words[1].startswith("http://"):
                self.addresses[words[0]] = words[1]

    @staticmethod
    def _read(stdout, lines):
        for line in stdout:
            lines.put(line.strip())
        lines.put(None)

    def _next(self, lines):
        try:
            line = lines.get(timeout=START_SECONDS)
        except queue.Empty:
            self.process.kill()
            line = None
        if line is None:
            raise RuntimeError(f"coho did not start, exit {self.process.wait()}:\n{self.log.read_text()}")
        return line

    @property
    def endpoint(self):
        """`http://127.0.0.1:PORT` of the object service."""
        return self.addresses["endpoint"]

    def record_answers(self):
        """Appends the server's counts of answers by operation to the file that COHO_E2E_ANSWERS names."""
        if file := os.environ.get("COHO_E2E_ANSWERS"):
            with urllib.request.urlopen(self.addresses["admin"] + "/-/metrics", timeout=30) as page:
                lines = page.read().decode().splitlines(keepends=True)
            with open(file, "a") as answers:
                answers.writelines(line for line in lines if line.startswith("coho_http_requests_total{"))

    def stop(self):
        """SIGTERM; the server promises to be gone within ten seconds with exit code 0."""
        self.record_answers()
        self.process.terminate()
        try:
            status = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        assert status == 0, f"exit code {status} after SIGTERM:\n{self.log.read_text()[-4000:]}"
        assert "panicked" not in self.log.read_text(), self.log.read_text()[-4000:]

    def close(self):
        try:
            if self.process and self.process.poll() is None:
                self.stop()
        finally:
            shutil.rmtree(self.work, ignore_errors=True)
