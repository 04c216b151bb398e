#!/usr/bin/env python3
"""Side-by-side bench of HTTP object servers on loopback. Python standard library only.

  run.py [--servers a,b,c] [--work hot,head,put,mirror,herd,list,mem] [--repeats 3] [--secs 4]
         [--out FILE.md] [--json FILE.jsonl] [--quick] [--keep] [--add 'name=URL' ...]

Servers come from servers.toml beside this file (one table each), or, for a server that already runs,
from --add: --add coho=http://127.0.0.1:8080,pid=1234,get=/bench/{k},put=/bench/{k},mirror=1,sign=oss1,ak=..,sk=..
Every repeat visits the servers in turn, so that drift hits all alike. A row carries the median and
(min-max) of the repeats and the ratio to the reference server of the workload; a ratio above 1 is better for
rates and worse for CPU. CPU is utime+stime of all processes of the server during the window, measured from
/proc/PID/stat (it includes the kernel's network work done on the server's account). RSS is the sum of VmHWM,
whose peak is set back before the first repeat.
"""
import argparse, json, os, shutil, signal, socket, statistics, subprocess, sys, time, tomllib, urllib.request
B = os.path.dirname(os.path.abspath(__file__))
DATA = os.environ.get("BENCH_DATA", os.path.join(B, "data"))
LOAD = f"{B}/bin/load"
ORIGIN = 7900
TICK = os.sysconf("SC_CLK_TCK")

def size(x):
    u = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
    return int(x[:-1]) * u[x[-1]] if x[-1] in u else int(x)

class Server:
    def __init__(s, name, d):
        s.name, s.d = name, d
        s.port = d.get("port") or int(d["url"].rsplit(":", 1)[1]); s.proc = None; s.pids0 = []
        s.run = f"{DATA}/{name}-{os.getpid()}"  # never the folder of an earlier run: creating files where many were just deleted is slow on ext4
        s.base = f"http://127.0.0.1:{s.port}"
        s.gbase = f"http://127.0.0.1:{s.port + d.get('gport', 0)}"
        if "url" in d:
            s.base = s.gbase = d["url"]
            if "pid" in d: s.pids0 = [int(d["pid"])]
    def fill(s, x):
        return x.replace("{B}", B).replace("{R}", s.run).replace("{P}", str(s.port)).replace("{O}", str(ORIGIN))
    def missing(s):
        """the program that the server needs and the machine lacks"""
        if "need" not in s.d: return None
        n = s.fill(s.d["need"])
        if subprocess.run(["bash", "-c", f'command -v "{n}"'], capture_output=True).returncode == 0: return None
        return subprocess.run(["bash", "-c", f'echo "{n}"'], capture_output=True, text=True).stdout.strip()
    def start(s):
        if "url" in s.d: return
        shutil.rmtree(s.run, ignore_errors=True); os.makedirs(s.run); os.chmod(s.run, 0o755)
        s.log = open(f"{DATA}/{s.name}.log", "w")
        s.proc = subprocess.Popen(["bash", "-c", "exec " + s.fill(s.d["start"])], stdout=s.log, stderr=s.log, stdin=subprocess.DEVNULL, start_new_session=True)
        t0 = time.time()
        while True:
            try:
                socket.create_connection(("127.0.0.1", s.port), 1).close(); break
            except OSError:
                if s.proc.poll() is not None or time.time() - t0 > 30:
                    raise RuntimeError(f"{s.name} did not start, see {s.log.name}")
                time.sleep(0.1)
        if "init" in s.d:
            r = subprocess.run(["bash", "-c", s.fill(s.d["init"])], capture_output=True, text=True)
            if r.returncode: raise RuntimeError(f"{s.name} init: {r.stdout}{r.stderr}")
        time.sleep(0.3)
    def stop(s):
        if not s.proc: return
        ps = s.pids()
        for sig in (signal.SIGTERM, signal.SIGKILL):
            for p in ps:
                try: os.kill(p, sig)
                except ProcessLookupError: pass
            t0 = time.time()
            while time.time() - t0 < 3 and any(os.path.exists(f"/proc/{p}") for p in ps):
                s.proc.poll(); time.sleep(0.05)
        s.proc = None
    def pids(s):
        """the started process and all its descendants"""
        root = set(s.pids0) | ({s.proc.pid} if s.proc else set())
        kids = {}
        for e in os.listdir("/proc"):
            if e.isdigit():
                try: f = open(f"/proc/{e}/stat").read().rsplit(")", 1)[1].split()
                except OSError: continue
                kids.setdefault(int(f[1]), []).append(int(e))
        out, todo = set(), list(root)
        while todo:
            p = todo.pop()
            if p not in out:
                out.add(p); todo += kids.get(p, [])
        return sorted(out)
    def cpu(s):
        t = 0
        for p in s.pids():
            try: f = open(f"/proc/{p}/stat").read().rsplit(")", 1)[1].split()
            except OSError: continue
            t += int(f[11]) + int(f[12])
        return t / TICK
    def rss(s, reset=False):
        t = 0
        for p in s.pids():
            try:
                if reset: open(f"/proc/{p}/clear_refs", "w").write("5")
                for l in open(f"/proc/{p}/status"):
                    if l.startswith("VmHWM"): t += int(l.split()[1])
            except OSError: pass
        return t / 1024
    def auth(s, get):
        a = []
        if s.d.get("sign") and (not get or s.d.get("gsign")):
            a += ["--sign", s.d["sign"], "--ak", s.d["ak"], "--sk", s.d["sk"], "--region", s.d.get("region", "us-east-1"), "--bucket", s.d.get("bucket", "bench")]
        h = s.d.get("ghost") if get else s.d.get("host")
        if h: a += ["--host", h]
        return a
    def load(s, get, path, *a):
        return load(s.gbase if get else s.base, path, *s.auth(get), *a)

def load(base, path, *a):
    r = subprocess.run([LOAD, "--url", base, "--path", path, *map(str, a)], capture_output=True, text=True)
    if r.returncode: raise RuntimeError(r.stderr)
    d = json.loads(r.stdout)
    if d["bad_status"] or d["bad_len"] or d["bad_body"] or d["io_err"]:
        d["note"] = f"ERR status={d['bad_status']} len={d['bad_len']} body={d['bad_body']} io={d['io_err']}"
        if r.stderr: d["why"] = r.stderr[:200]
    return d

def busy():
    """CPU seconds the whole machine worked: what is not server, client or origin came from others"""
    f = [int(x) for x in open("/proc/stat").readline().split()[1:]]
    return (f[0] + f[1] + f[2] + f[5] + f[6]) / TICK
def pid_cpu(p):
    f = open(f"/proc/{p}/stat").read().rsplit(")", 1)[1].split()
    return (int(f[11]) + int(f[12])) / TICK

def measured(s, f, unit_bytes):
    """runs f() and adds the server's CPU: us per request (bytes/size when bodies were cut off) and s per GB"""
    b0, o0, c0 = busy(), pid_cpu(org.pid), s.cpu(); d = f(); c1 = s.cpu(); o1 = pid_cpu(org.pid); b1 = busy()
    d["foreign"] = max(0, 100 * ((b1 - b0) - (c1 - c0) - (o1 - o0) - d["client_cpu"]) / (d["elapsed"] * os.cpu_count()))
    n = max(d["done"], d["bytes"] / unit_bytes if unit_bytes and d["bytes"] else 0)
    d["cpu"] = c1 - c0
    d["cpu_us"] = (c1 - c0) * 1e6 / n if n else float("nan")
    d["rss"] = s.rss()
    return d

def warm(nbytes):
    """see warm.py: makes the pages that the run will dirty cheap to get, for every server alike"""
    subprocess.run([sys.executable, f"{B}/warm.py", str(min(a.warm, max(64, nbytes >> 20)))])

def origin(cmd):
    return json.loads(urllib.request.urlopen(f"http://127.0.0.1:{ORIGIN}/{cmd}", timeout=5).read())

def key(s, sz, tag="hot"):
    return f"s{sz}/{tag}" if s.d.get("hot") == "mirror" else f"{tag}{sz}"

def seed(s, sz, tag="hot"):
    """puts one object of sz bytes in place"""
    k, how = key(s, sz, tag), s.d.get("hot", "none")
    if how.startswith("file:"):
        d = f"{s.run}/{how[5:]}"; os.makedirs(d, exist_ok=True)
        with open(f"{d}/{k}", "wb") as f:
            b = os.urandom(min(sz, 1 << 20)); n = sz
            while n > 0: f.write(b[:n]); n -= len(b)
    elif how == "put":
        r = s.load(False, s.d["put"].replace("{k}", k), "--method", "PUT", "--size", sz, "--count", 1, "--conns", 1, "--threads", 1, "--status", s.d.get("put_status", 200), "--dur", 60)
        if r.get("note") or r["done"] != 1: raise RuntimeError(f"seed {s.name} {r}")
    elif how == "mirror":
        r = s.load(True, s.d["get"].replace("{k}", k), "--count", 1, "--conns", 1, "--threads", 1, "--len", sz, "--dur", 60)
        if r.get("note") or r["done"] != 1: raise RuntimeError(f"seed {s.name} {r}")
        time.sleep(0.05)
    return k

RES = []
def note(work, case, s, d):
    d = dict(d); d.update(work=work, case=case, server=s if isinstance(s, str) else s.name)
    RES.append(d)
    if a.json: open(a.json, "a").write(json.dumps(d) + "\n")
    print(f"  {work} {case} {d['server']}: {d['rps']:.0f}/s {d['mbs']:.0f} MB/s cpu {d.get('cpu_us', 0):.1f} us/req p50 {d['p50_us']} p99 {d['p99_us']} {d.get('note', '')} {d.get('why', '')[:90]}", file=sys.stderr, flush=True)

def can(s, w):
    return {"hot": "get" in s.d and s.d.get("hot") != "none", "head": "get" in s.d and s.d.get("hot") != "none", "put": "put" in s.d,
            "mirror": s.d.get("mirror"), "herd": s.d.get("mirror"), "list": s.d.get("list"), "mem": "get" in s.d and s.d.get("hot") != "none"}[w]

def each(ss, cases, one, work):
    for c in cases:
        for s in ss: s.rss(reset=True)
        for r in range(a.repeats):
            for s in ss:
                try: one(s, c, r)
                except Exception as e: print(f"  !! {work} {c} {s.name}: {e}", file=sys.stderr, flush=True)

def w_hot(ss, method="GET", work="hot"):
    for nm in a.sizes.split(",") if method == "GET" else ["1k"]:
        sz = size(nm); keys = {}
        for s in list(ss):
            try: keys[s.name] = seed(s, sz, work)
            except Exception as e: print(f"  !! seed {nm} {s.name}: {e}", file=sys.stderr)
        def one(s, c, r):
            if s.name not in keys: return
            p = s.d["get"].replace("{k}", keys[s.name])
            extra = ["--count", a.onegig, "--conns", 1] if sz >= 1 << 30 else ["--conns", 64]
            d = measured(s, lambda: s.load(True, p, "--method", method, "--len", sz, "--dur", 6 if sz >= 1 << 30 else a.secs, *extra), sz if method == "GET" else 0)
            note(work, nm, s, d)
        each(ss, [nm], one, work)

def w_put(ss):
    for nm in a.putsizes.split(","):
        sz = size(nm)
        def one(s, c, r):
            p = s.d["put"].replace("{k}", f"p{nm}r{r}x" + "{i}"); warm(2 << 30)
            d = measured(s, lambda: s.load(False, p, "--method", "PUT", "--size", sz, "--conns", 32, "--dur", a.secs, "--status", s.d.get("put_status", 200)), 0)
            d["mbs"] = d["done"] * sz / d["elapsed"] / 1e6
            note("put", f"{nm} {s.d.get('durable', '')}", s, d)
            subprocess.run(["sync"])  # no server pays for another's dirty pages
        each(ss, [nm], one, "put")

def w_mirror(ss):
    for sz, cnt, conns in ((4096, a.n4k, 32), (4 << 20, a.n4m, 16), (4096, a.n4k // 20, 1), (4 << 20, max(5, a.n4m // 8), 1)):
        nm = f"{cnt} x {sz >> 10}k, {conns} clients"
        for r in range(a.repeats):
            d = load(f"http://127.0.0.1:{ORIGIN}", f"/s{sz}/d{r}c{conns}" + "_{i}", "--count", cnt, "--conns", conns, "--len", sz, "--dur", 20)
            note("mirror", nm, "(direct origin)", d)
        def one(s, c, r):
            origin("__reset"); warm(sz * cnt * 3 // 2)
            d = measured(s, lambda: s.load(True, s.d["get"].replace("{k}", f"s{sz}/m{r}c{conns}" + "_{i}"), "--count", cnt, "--conns", conns, "--len", sz, "--dur", 20), 0)
            o = origin("__stats"); d["origin_req"] = o["requests"]; d["obytes"] = o["bytes"]
            note("mirror", nm, s, d)
            subprocess.run(["sync"])
        each(ss, [nm], one, "mirror")

def w_herd(ss):
    sz = 64 << 20
    def one(s, c, r):
        origin_restart()  # what an earlier server still pulls must not eat the rate
        d = measured(s, lambda: s.load(True, s.d["get"].replace("{k}", f"s{sz}_r50000000/herd{r}"), "--count", 200, "--conns", 200, "--len", sz, "--dur", a.herdsecs), sz)
        o = origin("__stats"); d["origin_req"] = o["requests"]; d["obytes"] = o["bytes"]
        d["note"] = d.get("note", "") + f" origin requests {o['requests']}, origin MB {o['bytes'] / 1e6:.0f}, finished {d['done']}/200 in {d['elapsed']:.1f} s, ttfb50 {d['ttfb50_us'] / 1e3:.0f} ms"
        note("herd", "200 clients, 64 MiB, 50 MB/s", s, d)
        time.sleep(1)
    each(ss, ["herd"], one, "herd")

def w_mem(ss):
    sz = 100 << 20
    for s in ss:
        try: k = seed(s, sz, "mem")
        except Exception as e: print(f"  !! {s.name} {e}", file=sys.stderr); continue
        p = s.d["get"].replace("{k}", k)
        base = s.rss(reset=True); base = s.rss()
        d = measured(s, lambda: s.load(True, p, "--count", 100, "--conns", 100, "--len", sz, "--dur", a.capsecs), sz)
        d["note"] = f"RSS before {base:.0f} MB, peak {d['rss']:.0f} MB"; d["rss_before"] = base
        note("mem", "GET 100 x 100m", s, d)
        if "put" in s.d:
            s.rss(reset=True); base = s.rss(); warm(5 << 30)
            d = measured(s, lambda: s.load(False, s.d["put"].replace("{k}", "memput{i}"), "--method", "PUT", "--size", sz, "--count", 32, "--conns", 32, "--status", s.d.get("put_status", 200), "--dur", a.capsecs), 0)
            d["mbs"] = d["done"] * sz / d["elapsed"] / 1e6; d["rss_before"] = base
            d["note"] = d.get("note", "") + f" RSS before {base:.0f} MB, peak {d['rss']:.0f} MB"
            note("mem", "PUT 32 x 100m", s, d)
        subprocess.run(["sync"])

def s3req(s, method, path, query):
    import hashlib, hmac, http.client, urllib.parse
    host = f"127.0.0.1:{s.port}"; t = time.gmtime(); day = time.strftime("%Y%m%d", t); st = time.strftime("%Y%m%dT%H%M%SZ", t); reg = s.d.get("region", "us-east-1")
    q = "&".join(f"{urllib.parse.quote(k, safe='-_.~')}={urllib.parse.quote(str(v), safe='-_.~')}" for k, v in sorted(query.items()))
    cr = f"{method}\n{path}\n{q}\nhost:{host}\nx-amz-content-sha256:UNSIGNED-PAYLOAD\nx-amz-date:{st}\n\nhost;x-amz-content-sha256;x-amz-date\nUNSIGNED-PAYLOAD"
    k = ("AWS4" + s.d["sk"]).encode()
    for x in (day, reg, "s3", "aws4_request"): k = hmac.new(k, x.encode(), "sha256").digest()
    sts = f"AWS4-HMAC-SHA256\n{st}\n{day}/{reg}/s3/aws4_request\n{hashlib.sha256(cr.encode()).hexdigest()}"
    sig = hmac.new(k, sts.encode(), "sha256").hexdigest()
    c = http.client.HTTPConnection("127.0.0.1", s.port, timeout=60)
    c.request(method, path + "?" + q, headers={"x-amz-date": st, "x-amz-content-sha256": "UNSIGNED-PAYLOAD", "Authorization": f"AWS4-HMAC-SHA256 Credential={s.d['ak']}/{day}/{reg}/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature={sig}"})
    r = c.getresponse(); b = r.read(); c.close()
    return r.status, b

def w_list(ss):
    import re
    n = a.nlist
    for s in ss:
        d = measured(s, lambda: s.load(False, s.d["put"].replace("{k}", "list/{i}"), "--method", "PUT", "--size", 16, "--count", n, "--conns", 32, "--dur", 90, "--status", s.d.get("put_status", 200)), 0)
        n_in = d["done"]; note("list", f"PUT of {n} 16-byte keys", s, d)
        for r in range(a.repeats):
            tok, got, pages, lat, c0, t0, err = None, 0, 0, [], s.cpu(), time.time(), ""
            while True:
                q = {"list-type": "2", "prefix": "list/", "max-keys": "1000"}
                if tok: q["continuation-token"] = tok
                t1 = time.time(); st, b = s3req(s, "GET", "/bench", q); lat.append(int((time.time() - t1) * 1e6)); pages += 1
                if st != 200: err = f"ERR {st} {b[:200]}"; break
                got += b.count(b"<Key>"); m = re.search(rb"<NextContinuationToken>(.*?)</", b)
                if not m or b"<IsTruncated>true" not in b or time.time() - t0 > a.capsecs: break
                tok = m.group(1).decode().replace("&quot;", '"').replace("&amp;", "&")
            el = time.time() - t0; lat.sort()
            note("list", f"list {n_in} keys, pages of 1000", s, dict(done=pages, bytes=0, elapsed=el, rps=got / el, mbs=0, p50_us=lat[len(lat) // 2], p99_us=lat[-1], ttfb50_us=0, ttfb99_us=0, cpu=s.cpu() - c0, cpu_us=(s.cpu() - c0) * 1e6 / max(pages, 1), rss=s.rss(), note=f"{got} keys in {pages} pages {el:.2f} s {err}"))

WORK = {"hot": w_hot, "head": lambda ss: w_hot(ss, "HEAD", "head"), "put": w_put, "mirror": w_mirror, "herd": w_herd, "list": w_list, "mem": w_mem}

def med(v):
    v = [x for x in v if x == x]
    if not v: return float("nan"), 0, 0
    return statistics.median(v), min(v), max(v)
def g3(x): return f"{x:,.0f}" if abs(x) >= 100 else f"{x:.3g}"

def report(f):
    """one table per workload and case; ratios to the reference (nginx) measured in the same run"""
    refs = {"hot": "nginx-static", "head": "nginx-static", "mem": "nginx-static", "put": "nginx-dav", "mirror": "nginx-store", "herd": "nginx-store", "list": "garage"}
    seen = []
    for d in RES:
        k = (d["work"], d["case"].split(" ")[0] if d["work"] == "put" else d["case"])
        if k not in seen: seen.append(k)
    for w, c in seen:
        rows = [d for d in RES if d["work"] == w and (d["case"] == c or (w == "put" and d["case"].split(" ")[0] == c))]
        names = []
        for d in rows:
            if d["server"] not in names: names.append(d["server"])
        ref = a.ref or refs[w]
        rr = [d for d in rows if d["server"] == ref]
        r_rps = med([d["rps"] for d in rr])[0] if rr else None
        r_mbs = med([d["bytes"] / d["elapsed"] if d["bytes"] else d["mbs"] for d in rr])[0] if rr else None
        r_cpu = med([d.get("cpu_us", float("nan")) for d in rr])[0] if rr else None
        big = w in ("hot",) and size(c) >= 1 << 20 if w == "hot" else w in ("mem", "herd")
        f.write(f"\n### {w}: {c}  (reference {ref}; n={max(len([d for d in rows if d['server'] == x]) for x in names)})\n\n")
        f.write("| server | " + ("MB/s" if big else "req/s") + " median (min-max) | x ref | server CPU us/req | CPU x ref | CPU s per GB | p50 ms | p99 ms | TTFB p50 ms | peak RSS MB | ceiling req/s | others' CPU % | note |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|\n")
        for x in names:
            q = [d for d in rows if d["server"] == x]
            v = med([d["mbs"] if big else d["rps"] for d in q])
            cu = med([d.get("cpu_us", float("nan")) for d in q])[0]
            gb = med([d["cpu"] * 1e9 / (d["bytes"] or d["mbs"] * 1e6 * d["elapsed"]) if d.get("cpu") and (d["bytes"] or d["mbs"]) else float("nan") for d in q])[0]
            ra = v[0] / (med([d["mbs"] if big else d["rps"] for d in rr])[0]) if rr and med([d["mbs"] if big else d["rps"] for d in rr])[0] else None
            nt = "; ".join(dict.fromkeys(d.get("note", "").strip() for d in q if d.get("note"))) or (q[0]["case"][len(c) + 1:] if w == "put" else "")
            if w == "put" and q[0]["case"][len(c) + 1:] not in nt: nt = q[0]["case"][len(c) + 1:] + "; " + nt
            if w == "mirror" and "origin_req" in q[0]: nt += f" origin requests {q[0]['origin_req']}"
            # what two saturated cores would give if nothing else ran on the machine
            ceil = med([os.cpu_count() * 1e6 / (d["cpu_us"] + d["client_cpu"] * 1e6 / d["done"]) if d.get("client_cpu") and d["done"] and d.get("cpu_us") else float("nan") for d in q])[0] if w in ("hot", "head", "put") else float("nan")
            fo = "%.0f" % med([d["foreign"] for d in q])[0] if "foreign" in q[0] else ""
            f.write(f"| {x} | {g3(v[0])} ({g3(v[1])}-{g3(v[2])}) | {'%.2f' % ra if ra else ''} | {g3(cu) if cu == cu else ''} | {'%.2f' % (cu / r_cpu) if r_cpu and cu == cu else ''} | {g3(gb) if gb == gb else ''} | {med([d['p50_us'] for d in q])[0] / 1e3:.3g} | {med([d['p99_us'] for d in q])[0] / 1e3:.3g} | {med([d['ttfb50_us'] for d in q])[0] / 1e3:.3g} | {g3(max(d.get('rss', 0) for d in q))} | {g3(ceil) if ceil == ceil else ''} | {fo} | {nt} |\n")
    f.flush()

ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
ap.add_argument("--servers", default=""); ap.add_argument("--work", default="hot,head,put,mirror,herd")
ap.add_argument("--repeats", type=int, default=3); ap.add_argument("--secs", type=float, default=4)
ap.add_argument("--sizes", default="1k,64k,1m,100m"); ap.add_argument("--putsizes", default="1k,64k,1m")
ap.add_argument("--n4k", type=int, default=20000); ap.add_argument("--n4m", type=int, default=200); ap.add_argument("--nlist", type=int, default=100000)
ap.add_argument("--warm", type=int, default=4096, help="MiB of memory touched and freed before runs that write"); ap.add_argument("--onegig", type=int, default=3); ap.add_argument("--herdsecs", type=float, default=12)
ap.add_argument("--out"); ap.add_argument("--json"); ap.add_argument("--capsecs", type=float, default=20, help="limit of one mem or list run"); ap.add_argument("--keep", action="store_true"); ap.add_argument("--add", action="append", default=[])
ap.add_argument("--ref", default=""); ap.add_argument("--fromjson"); ap.add_argument("--quick", action="store_true")
a = ap.parse_args()
if a.fromjson:
    RES = [json.loads(l) for p in a.fromjson.split(",") for l in open(p)]; a.json = None
    report(open(a.out, "w") if a.out else sys.stdout); sys.exit()
if a.quick: a.repeats, a.secs, a.n4k, a.n4m, a.sizes, a.putsizes, a.nlist, a.herdsecs = 1, 0.5, 1000, 10, "1k,64k", "1k,64k", 2000, 3
cfg = tomllib.load(open(f"{B}/servers.toml", "rb"))
want = [x for x in a.servers.split(",") if x] or list(cfg)
if set(want) - set(cfg): sys.exit(f"not in servers.toml: {', '.join(x for x in want if x not in cfg)}")
ss = [Server(n, cfg[n]) for n in want]
for x in a.add:
    n, r = x.split("=", 1); p = r.split(","); d = {"url": p[0], "hot": "put", "get": "/bench/{k}"}
    d.update(y.split("=", 1) for y in p[1:])
    for i in ("put_status", "gport"):
        if i in d: d[i] = int(d[i])
    ss.append(Server(n, d))
for x in (LOAD, f"{B}/bin/origin"):
    if not os.access(x, os.X_OK): sys.exit(f"{x} is missing: build it as README.md says")
for s in list(ss):
    x = s.missing()
    if x: print(f"-- {s.name} skipped: {x} is not installed", file=sys.stderr, flush=True); ss.remove(s)
if not ss: sys.exit("no server to measure")
os.makedirs(DATA, exist_ok=True)
org = None
def origin_restart():
    global org
    if org: org.kill(); org.wait()
    org = subprocess.Popen([f"{B}/bin/origin", "--port", str(ORIGIN)], start_new_session=True, stdin=subprocess.DEVNULL)
    for _ in range(100):
        try: origin("__reset"); break
        except OSError: time.sleep(0.02)
origin_restart()
ok = []
try:
    for s in ss:
        try: s.start(); ok.append(s)
        except Exception as e: print("!!", e, file=sys.stderr, flush=True)
    for w in a.work.split(","):
        sub = [s for s in ok if can(s, w)]
        if sub: WORK[w](sub)
finally:
    for s in ss: s.stop()
    org.terminate(); org.wait()
    if not a.keep:
        for s in ss: shutil.rmtree(s.run, ignore_errors=True)
report(sys.stdout)
if a.out: report(open(a.out, "a"))
