#!/usr/bin/env python3
"""Goals of mirroring, measured on a store that the script starts itself, on loopback:

  goals.py kills [--runs 1000] [--size 104857600]   an origin that is killed at random points of a body and started again
  goals.py slow  [--clients 1000] [--secs 30]        many slow readers of one missing object of 1 GiB
  goals.py far   [--repeats 3]                       64 KiB at 9 GiB of a missing object of 10 GiB

Needs bench/bin (see README.md) and a release build of coho (or COHO_BIN). Linux only, Python's standard library.
"""
import argparse, http.client, json, os, random, shutil, signal, statistics, subprocess, sys, tempfile, time, urllib.request

B = os.path.dirname(os.path.abspath(__file__))
ORIGIN, COHO = 7490, 7491
HOST = "bench.oss.localhost"


class Origin:
    def __init__(self):
        self.start()

    def start(self):
        self.p = subprocess.Popen([f"{B}/bin/origin", "--port", str(ORIGIN)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        wait(f"http://127.0.0.1:{ORIGIN}/__stats")

    def kill(self):
        self.p.send_signal(signal.SIGKILL)
        self.p.wait()

    def stats(self):
        return json.loads(urllib.request.urlopen(f"http://127.0.0.1:{ORIGIN}/__stats", timeout=5).read())

    def reset(self):
        urllib.request.urlopen(f"http://127.0.0.1:{ORIGIN}/__reset", timeout=5).read()


class Coho:
    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        self.log = open(f"{folder}/coho.log", "wb")
        self.p = subprocess.Popen([f"{B}/start_coho.sh", "x", folder, str(COHO), str(ORIGIN)], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        wait(f"http://127.0.0.1:{COHO + 1}/-/readyz")
        # The start script lifts the limits after the start.
        binary = os.environ.get("COHO_BIN", f"{B}/../target/release/coho")
        lift = [binary, "mirror", "limit", "bench", "--qps", "none", "--bandwidth", "none", "--data-dir", f"{folder}/data"]
        while subprocess.run(lift, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
            if self.p.poll() is not None:
                raise SystemExit("coho does not start")
            time.sleep(0.05)

    def metric(self, name, label=""):
        page = urllib.request.urlopen(f"http://127.0.0.1:{COHO + 1}/-/metrics", timeout=5).read().decode()
        return sum(float(l.rsplit(" ", 1)[1]) for l in page.splitlines() if l.startswith(name) and label in l)

    def rss(self, what):
        with open(f"/proc/{self.p.pid}/status") as f:
            return next(int(l.split()[1]) for l in f if l.startswith(what)) / 1024

    def cpu(self):
        with open(f"/proc/{self.p.pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.p.terminate()
        self.p.wait(timeout=30)


def wait(url):
    for _ in range(400):
        try:
            return urllib.request.urlopen(url, timeout=1).read()
        except OSError:
            time.sleep(0.02)
    raise SystemExit(f"{url} never answers")


def load(path, size, *more):
    command = [f"{B}/bin/load", "--url", f"http://127.0.0.1:{COHO}", "--host", HOST, "--path", path, "--len", str(size), *map(str, more)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def result(process):
    out, err = process.communicate()
    if process.returncode:
        raise SystemExit(err)
    return json.loads(out)


def remove_blobs(coho):
    """the disk need not hold every run: what is stored was compared already"""
    blobs = f"{coho.folder}/data/blobs"
    for name in os.listdir(blobs) if os.path.isdir(blobs) else []:
        shutil.rmtree(f"{blobs}/{name}", ignore_errors=True)


def kills(a):
    origin, coho = Origin(), Coho(f"{a.folder}/first")
    seed = a.seed or random.randrange(1 << 30)
    rng = random.Random(seed)
    good, shares, kills_made, resumed = 0, [], 0, 0
    for run in range(a.runs):
        before = coho.metric("coho_mirror_origin_bytes_total")
        # So slow that a kill meets the body somewhere; the whole takes about 0.4 s.
        path = f"/s{a.size}_r{a.size * 5 // 2}/kill{seed}_{run}"
        reader = load(path, a.size, "--count", 1, "--conns", 1, "--threads", 1, "--dur", 60, "--check")
        # An origin that goes before it has answered gives a 424, rightly; what is meant here is one that goes in its body.
        while reader.poll() is None and coho.metric("coho_mirror_origin_bytes_total") <= before:
            time.sleep(0.001)
        for _ in range(rng.randint(1, 3)):
            time.sleep(rng.uniform(0.0, 0.3))
            if reader.poll() is not None:
                break
            origin.kill()
            kills_made += 1
            origin.start()
        r = result(reader)
        ok = r["done"] == 1 and not (r["bad_body"] or r["bad_len"] or r["bad_status"] or r["io_err"])
        while ok and (coho.metric("coho_mirror_in_flight") or coho.metric("coho_mirror_unpersisted")):
            time.sleep(0.005)
        # What is stored is read again and compared, without the origin.
        s = result(load(path, a.size, "--count", 1, "--conns", 1, "--threads", 1, "--dur", 60, "--check"))
        ok = ok and s["done"] == 1 and not (s["bad_body"] or s["bad_len"] or s["bad_status"] or s["io_err"])
        share = (coho.metric("coho_mirror_origin_bytes_total") - before) / a.size
        good += ok
        shares.append(share)
        if not ok or share > 1.05:
            print(f"run {run}: identical {ok}, origin bytes {share:.3f}x, {r}", file=sys.stderr)
        if run % 20 == 19:
            resumed += coho.metric("coho_mirror_outcomes_total", 'outcome="resumed"')
            # A store keeps files open that it has read, so their room is free only when it ends.
            coho.stop()
            shutil.rmtree(coho.folder)
            coho = Coho(f"{a.folder}/{run}")
            print(f"{run + 1} runs, {kills_made} kills: {good} identical; origin bytes median {statistics.median(shares):.4f}x, most {max(shares):.4f}x", flush=True)
    print(json.dumps({"runs": a.runs, "seed": seed, "kills": kills_made, "identical": good, "origin_bytes_median": statistics.median(shares), "origin_bytes_max": max(shares),
                      "resumed": resumed + coho.metric("coho_mirror_outcomes_total", 'outcome="resumed"')}))
    coho.stop(), origin.kill()
    return good == a.runs and max(shares) <= 1.05


def slow(a):
    origin, coho = Origin(), Coho(a.folder)
    before, cpu = coho.rss("VmRSS"), coho.cpu()
    size = 1 << 30
    r = result(load(f"/s{size}/slow", size, "--count", a.clients, "--conns", a.clients, "--dur", a.secs, "--rate", 1_000_000))
    peak = coho.rss("VmHWM")
    print(json.dumps({"clients": a.clients, "megabytes_per_second": r["bytes"] / 1e6 / r["elapsed"], "rss_before_mb": before, "rss_peak_mb": peak, "growth_mb": peak - before,
                      "cpu_seconds": coho.cpu() - cpu, "origin_requests": origin.stats()["requests"]}))
    coho.stop(), origin.kill()
    return peak - before < 64


def first_byte(port, path, start, count):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    begun = time.perf_counter()
    c.request("GET", path, headers={"Host": HOST, "Range": f"bytes={start}-{start + count - 1}"})
    r = c.getresponse()
    body = r.read(1)
    first = time.perf_counter() - begun
    body += r.read()
    c.close()
    assert r.status == 206 and len(body) == count, (r.status, len(body))
    return first, time.perf_counter() - begun, body


def far(a):
    origin, coho = Origin(), Coho(a.folder)
    size, start, count = 10 << 30, 9 << 30, 64 << 10
    for run in range(a.repeats):
        path = f"/s{size}/far{run}"
        own, _, expected = first_byte(ORIGIN, path, start, count)
        origin.reset()
        first, whole, body = first_byte(COHO, path, start, count)
        begun = time.time()
        while coho.metric("coho_mirror_in_flight") or coho.metric("coho_mirror_unpersisted"):
            time.sleep(0.1)
        stats = origin.stats()
        same = body == expected == first_byte(COHO, path, start, count)[2]
        print(json.dumps({"origin_first_byte_ms": own * 1e3, "first_byte_ms": first * 1e3, "range_ms": whole * 1e3, "identical": same, "fill_seconds": time.time() - begun,
                          "origin_requests": stats["requests"], "origin_bytes_more_than_object": stats["bytes"] - size, "rss_peak_mb": coho.rss("VmHWM")}), flush=True)
        remove_blobs(coho)
    coho.stop(), origin.kill()
    return True


p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
p.add_argument("goal", choices=["kills", "slow", "far"])
p.add_argument("--runs", type=int, default=1000)
p.add_argument("--seed", type=int, default=0)
p.add_argument("--size", type=int, default=100 << 20)
p.add_argument("--clients", type=int, default=1000)
p.add_argument("--secs", type=int, default=30)
p.add_argument("--repeats", type=int, default=3)
a = p.parse_args()
with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DATA", B), prefix="goal-") as a.folder:
    sys.exit(0 if {"kills": kills, "slow": slow, "far": far}[a.goal](a) else 1)
