"""README.md and docs/tutorial-migrate.md as scripts: their `sh` blocks run line by line in one shell and one folder, as
a reader would type them.

Only `cargo run --release --` is replaced, by the binary under test, and a port that another process of this machine
holds, by a free one. A comment that begins with a status is an expectation; so is the one of `curl -r`.
"""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

import pytest

from coho_process import BINARY, ROOT, START_SECONDS
from test_ossutil import OSSUTIL

BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.M | re.S)
PORTS = (9000, 9010, 9020, 8081, 8082)
NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
MARKER = "end of a command"
# A server in the background logs at any time, also in the middle of another line.
LOG_RECORD = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z +(?:INFO|WARN|ERROR) .*\n?")


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_open(port):
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert time.monotonic() < deadline, f"nothing listens on port {port}"
            time.sleep(0.02)


def blocks(page):
    """The blocks of a page, ready to run, and the ports that they use."""
    text = (ROOT / page).read_text().replace("cargo run --release --", str(BINARY))
    ports = {port: port if is_free(port) else free_port() for port in PORTS}
    moved = ports != {port: port for port in PORTS}
    for port, used in ports.items():
        text = re.sub(rf"\b{port}\b", str(used), text)
    listen = f" --listen 127.0.0.1:{ports[9000]} --admin-listen 127.0.0.1:{ports[9010]}"
    listen = f"{listen} --console-listen 127.0.0.1:{ports[9020]}" if moved else ""
    return BLOCK.findall(text.replace(" serve", f" serve{listen}")), ports


def commands(block):
    """One command each: a line, with the here-document that belongs to it."""
    lines = iter(block.splitlines())
    for line in lines:
        command = [line]
        if "<<END" in line:
            for inner in lines:
                command.append(inner)
                if inner == "END":
                    break
        yield "\n".join(command)


class Shell:
    """One bash that takes commands on its standard input, so that `&` and `kill %1` mean what they mean to a reader."""

    def __init__(self, folder):
        path = folder / "bin"
        path.mkdir()
        if OSSUTIL:
            (path / "ossutil").symlink_to(OSSUTIL)
        if NGINX:
            (path / "nginx").symlink_to(NGINX)
        (path / "coho").symlink_to(BINARY)
        # At a terminal curl shows no progress beside what it prints.
        (folder / ".curlrc").write_text("no-progress-meter\n")
        env = {name: value for name, value in os.environ.items() if not name.startswith("COHO_")}
        env |= {"PATH": f"{path}:{env['PATH']}", "HOME": str(folder)}
        self.process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=folder,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, command):
        """Output and exit status of a command, without log records; what else jobs in the background write mixes with it."""
        self.process.stdin.write(f'{command}\nprintf "\\n{MARKER} %s\\n" "$?"\n')
        self.process.stdin.flush()
        lines = []
        for line in self.process.stdout:
            if line.startswith(MARKER):
                return LOG_RECORD.sub("", "".join(lines)), int(line.split()[-1])
            lines.append(line)
        raise AssertionError(f"the shell ended in {command}\n{''.join(lines)}")

    def close(self):
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.stdin.close()
        self.process.stdout.read()
        self.process.wait()


@pytest.fixture
def shell(tmp_path):
    shell = Shell(tmp_path)
    yield shell
    shell.close()


def wait_until_ready(shell):
    """Until the server has written `ready`, which the README tells its reader to wait for."""
    deadline = time.monotonic() + START_SECONDS
    output = ""
    while not re.search(r"^ *ready$", output, re.M):
        assert time.monotonic() < deadline, f"the server is not ready:\n{output}"
        output += shell.run("sleep 0.02")[0]


def check(shell, command):
    output, status = shell.run(command)
    assert status == 0, f"{command}: exit {status}\n{output}"
    expected = command.partition("# ")[2]
    if expected[:3].isdigit():
        assert re.search(rf"^HTTP/1\.1 {expected[:3]} ", output, re.M), f"{command}\n{output}"
    elif command.startswith("curl -r"):
        assert f"\n{output}".endswith(f"{expected}\n"), f"{command}\n{output}"
    return output


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl")
def test_the_commands_of_the_readme_do_what_it_says(shell, tmp_path):
    (first, tour, curl, files, ossutil), ports = blocks("README.md")
    check(shell, f"{first.strip()} &")
    wait_until_ready(shell)
    check(shell, "kill -INT %1; wait %1")

    for block in (tour, curl, files):
        for command in commands(block):
            check(shell, command)
            if command.endswith("&") and " serve " in command:
                wait_until_ready(shell)
            elif command.endswith("&"):
                wait_until_open(ports[8081])
    assert (tmp_path / "tour-data" / "credentials.toml").exists()
    if OSSUTIL is None:
        pytest.skip("ossutil is not there and could not be built; everything before it has passed")
    outputs = {command: check(shell, command) for command in commands(ossutil)}
    shown = next(output for command, output in outputs.items() if " cat " in command)
    assert "hello from the old host" in shown


def stop_nginx(folder):
    """What a failed run has left: nginx is in a process group of its own."""
    pid_file = folder / "nginx.pid"
    if pid_file.exists():
        os.kill(int(pid_file.read_text()), signal.SIGTERM)


@pytest.mark.skipif(not (NGINX and shutil.which("curl")), reason="there is no nginx or no curl")
def test_the_commands_of_the_tutorial_migrate_a_site(shell, tmp_path):
    outputs = {}
    try:
        for block in blocks("docs/tutorial-migrate.md")[0]:
            for command in commands(block):
                outputs[command] = check(shell, command)
                if command.endswith("&"):
                    wait_until_ready(shell)
    finally:
        stop_nginx(tmp_path)
    compared = [output for command, output in outputs.items() if command.startswith("diff ")]
    assert len(compared) == 2 and all("the same" in output for output in compared), compared
    failures = next(output for command, output in outputs.items() if command.startswith("coho mirror failures"))
    assert "guide" not in failures
    assert (tmp_path / "names.txt").read_text().count("\n") == 6
