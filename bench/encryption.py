#!/usr/bin/env python3
"""Encrypted against plain objects of one store, in turns, on loopback:

  encryption.py [--repeats 9] [--secs 5] [--conns 16] [--large 1073741824] [--work put64k,put1m,get64k,get1m,whole,range]

  put64k, put1m   PUT of 64 KiB and of 1 MiB, each to a key of its own
  get64k, get1m   GET of such an object, of another one in each turn
  whole           GET of the large object
  range           64 KiB of the large object, from offsets that are no multiples of anything

Each line has the medians over the repeats, and encrypted as a share of plain. Needs bench/bin (see README.md) and a release build of coho (or
COHO_BIN). Nothing else should run meanwhile: the load of the machine at the begin and at the end is a part of the result.
"""
import argparse, json, os, statistics, subprocess, tempfile, time, urllib.request

B = os.path.dirname(os.path.abspath(__file__))
PORT = 7495
BINARY = os.environ.get("COHO_BIN", f"{B}/../target/release/coho")
KEYS = {"COHO_ACCESS_KEY_ID": "COHOBENCH", "COHO_ACCESS_KEY_SECRET": "cohobenchsecret0123456789abcdef"}
BUCKETS = {"plain": "plain-objects", "encrypted": "sealed-objects"}
RULE = "<ServerSideEncryptionRule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></ServerSideEncryptionRule>"
KIB, MIB = 1 << 10, 1 << 20


def start(folder):
    data, log = f"{folder}/data", open(f"{folder}/coho.log", "wb")
    command = [BINARY, "serve", "--data-dir", data, "--listen", f"127.0.0.1:{PORT}", "--admin-listen", f"127.0.0.1:{PORT + 1}"]
    store = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, **KEYS, "COHO_CONSOLE_LISTEN": "off"})
    for _ in range(400):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{PORT + 1}/-/readyz", timeout=1).read()
            break
        except OSError:
            time.sleep(0.02)
    rule = f"{folder}/rule.xml"
    with open(rule, "w") as f:
        f.write(RULE)
    for bucket in BUCKETS.values():
        coho(data, "bucket", "create", bucket, "--acl", "public-read")
    coho(data, "bucket", "config", "set", BUCKETS["encrypted"], "encryption", rule)
    return store, data


def coho(data, *arguments):
    subprocess.run([BINARY, *arguments, "--data-dir", data], check=True, stdout=subprocess.DEVNULL, env={**os.environ, **KEYS})


def load(bucket, key, *more):
    command = [f"{B}/bin/load", "--url", f"http://127.0.0.1:{PORT}", "--path", f"/{bucket}/{key}", "--sign", "oss4", "--ak", KEYS["COHO_ACCESS_KEY_ID"],
               "--sk", KEYS["COHO_ACCESS_KEY_SECRET"], "--region", "cn-hangzhou", "--bucket", bucket, *map(str, more)]
    r = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert not (r["bad_status"] or r["bad_len"] or r["bad_body"] or r["io_err"]), r
    return r


def put(bucket, key, size, *more):
    return load(bucket, key, "--method", "PUT", "--size", size, *more)


def cpu(store):
    with open(f"/proc/{store.pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def works(a):
    """name -> what makes the objects (once for each bucket), and what is measured (each turn)"""
    timed, one = ("--conns", a.conns, "--dur", a.secs), ("--conns", 1, "--threads", 1, "--count", 1, "--dur", 600)
    few = lambda size: lambda bucket: put(bucket, f"get{size}/{{i}}", size, "--count", 64, "--conns", 4, "--dur", 600)
    get = lambda size: lambda bucket, turn: load(bucket, f"get{size}/{turn % 64}", "--len", size, *timed)
    large = lambda bucket: put(bucket, "large", a.large, *one)
    return {
        "put64k": (None, lambda bucket, turn: put(bucket, f"put64k-{turn}/{{i}}", 64 * KIB, *timed)),
        "put1m": (None, lambda bucket, turn: put(bucket, f"put1m-{turn}/{{i}}", MIB, *timed)),
        "get64k": (few(64 * KIB), get(64 * KIB)),
        "get1m": (few(MIB), get(MIB)),
        "whole": (large, lambda bucket, turn: load(bucket, "large", "--len", a.large, "--conns", 2, "--dur", max(a.secs, 10))),
        "range": (large, lambda bucket, turn: load(bucket, "large", "--range", 64 * KIB, "--of", a.large, *timed)),
    }


def main(a):
    print(json.dumps({"load_before": os.getloadavg(), "cores": os.cpu_count()}), flush=True)
    store, data = start(a.folder)
    made = set()
    for name in a.work.split(","):
        make, measure = works(a)[name]
        seen = {kind: {"per_second": [], "megabytes_per_second": [], "cpu_us": []} for kind in BUCKETS}
        for kind, bucket in BUCKETS.items():
            if make and (name in ("whole", "range"), bucket) not in made:
                make(bucket)
                if name in ("whole", "range"):
                    made.add((True, bucket))
        for turn in range(a.repeats):
            # Each of the two is first as often as the other.
            for kind in sorted(BUCKETS, reverse=turn % 2 == 1):
                before = cpu(store)
                r = measure(BUCKETS[kind], turn)
                seen[kind]["per_second"].append(r["done"] / r["elapsed"])
                seen[kind]["megabytes_per_second"].append(r["bytes"] / 1e6 / r["elapsed"])
                seen[kind]["cpu_us"].append((cpu(store) - before) * 1e6 / max(r["done"], 1))
        medians = {kind: {what: statistics.median(values) for what, values in all.items()} for kind, all in seen.items()}
        share = {what: medians["encrypted"][what] / max(medians["plain"][what], 1e-9) for what in medians["plain"]}
        print(json.dumps({"work": name, **medians, "encrypted_of_plain": share}), flush=True)
    store.terminate()
    store.wait(timeout=30)
    print(json.dumps({"load_after": os.getloadavg()}))


p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
p.add_argument("--repeats", type=int, default=9)
p.add_argument("--secs", type=float, default=5)
p.add_argument("--conns", type=int, default=16)
p.add_argument("--large", type=int, default=1 << 30)
p.add_argument("--work", default="put64k,put1m,get64k,get1m,whole,range")
a = p.parse_args()
with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DATA", B), prefix="encryption-") as a.folder:
    main(a)
