//! Load generator: N keep-alive connections on T threads (epoll), one request at a time each; prints one JSON line.
//!
//! `--url http://127.0.0.1:P --path /x/{i}`: `{i}` is a running counter over all connections
//! `--method GET|HEAD|PUT`, `--size BYTES` of a PUT, `--host H`, `--sign none|s3|oss1|oss4 --ak --sk --region --bucket`
//! `--conns 64 --threads 2`, `--count N` and `--dur SECONDS` (whichever ends first; what is then under way is neither
//! done nor an error), `--status 200`, `--len BYTES` that each GET or HEAD must announce or bring
//! `--rate BYTES`: the most bytes per second that each connection reads (with a small receive buffer)
//! `--range BYTES --of BYTES`: each GET asks for that many bytes of an object of the other length, from another offset; without `--check`
//! `--check`: compare bodies with what origin and PUT make of the name; otherwise bodies are dropped in the kernel
use cobench::{args::Args, content, content::Content, response::Response, sign::Signer};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, Error, ErrorKind};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Barrier, LazyLock};
use std::time::{Duration, Instant};

const OPTIONS: &[&str] = &[
    "url", "path", "method", "size", "host", "sign", "ak", "sk", "region", "bucket", "conns", "threads", "count",
    "dur", "status", "len", "rate", "range", "of", "check",
];
/// The most that one receive throws away.
const DISCARD: usize = 1 << 20;
/// Room for a head and a small body in one receive.
const RECV: usize = 16 << 10;
/// PUT bodies up to this go out in one call with the head; larger ones by sendfile.
const COPY_MAX: u64 = 64 << 10;
/// Failures in a row after which a connection is given up.
const GIVE_UP: u32 = 3;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

struct Config {
    addr: SocketAddr,
    path: String,
    method: String,
    size: u64,
    host: String,
    signer: Signer,
    count: Option<u64>,
    dur: Duration,
    status: u16,
    len: Option<u64>,
    rate: u64,
    /// bytes of each range, and of the object; 0 for whole objects
    range: u64,
    of: u64,
    check: bool,
    /// made when a PUT or a check first needs it
    content: LazyLock<Content>,
    next: AtomicU64,
}

impl Config {
    fn parse() -> Config {
        let a = Args::parse().only(OPTIONS);
        let url = a.s("url", "http://127.0.0.1:8080");
        let authority = url.strip_prefix("http://").expect("--url must begin with http://").trim_end_matches('/');
        let full = if authority.contains(':') { authority.to_string() } else { format!("{authority}:80") };
        let addr = full.to_socket_addrs().ok().and_then(|mut x| x.next()).expect("--url must name a host");
        let host = a.s("host", authority);
        let (ak, sk, region) = (a.s("ak", ""), a.s("sk", ""), a.s("region", ""));
        let signer = Signer::new(&a.s("sign", "none"), &ak, &sk, &region, &host, &a.s("bucket", ""));
        let method = a.s("method", "GET");
        assert!(["GET", "HEAD", "PUT"].contains(&method.as_str()), "--method is GET, HEAD or PUT");
        let (range, of) = (a.n("range", 0), a.n("of", 0));
        assert!(range == 0 || (range < of && !a.has("check")), "--range is less than --of, and without --check");
        Config {
            addr,
            path: a.s("path", "/"),
            size: if method == "PUT" { a.n("size", 0) } else { 0 },
            method,
            host,
            signer,
            count: a.has("count").then(|| a.n("count", 0)),
            dur: Duration::from_secs_f64(a.f("dur", 4.0)),
            status: a.n("status", if range > 0 { 206 } else { 200 }) as u16,
            len: a.has("len").then(|| a.n("len", 0)).or((range > 0).then_some(range)),
            rate: a.n("rate", 0),
            range,
            of,
            check: a.has("check"),
            content: LazyLock::new(|| Content::new().expect("a memfd for the content")),
            next: AtomicU64::new(0),
        }
    }

    /// The number of the next request, until `--count` are handed out.
    fn next(&self) -> Option<u64> {
        let i = self.next.fetch_add(1, Relaxed);
        self.count.is_none_or(|n| i < n).then_some(i)
    }

    /// The request's head and the seed of the object it names.
    fn request(&self, i: u64) -> (Vec<u8>, u64) {
        let path = self.path.replace("{i}", &i.to_string());
        let mut head = format!("{} {path} HTTP/1.1\r\nhost: {}\r\n", self.method, self.host);
        if self.method == "PUT" {
            head += &format!("content-length: {}\r\n", self.size);
        }
        if self.range > 0 {
            // Spread by a multiplication with a prime, so that every run asks for the same ones.
            let start = i.wrapping_mul(2_654_435_761) % (self.of - self.range);
            head += &format!("range: bytes={start}-{}\r\n", start + self.range - 1);
        }
        let (plain, query) = path.split_once('?').unwrap_or((&path, ""));
        self.signer.sign(&self.method, plain, query, &[], &mut head);
        head += "\r\n";
        (head.into_bytes(), content::seed(&path))
    }

    fn connect(&self) -> io::Result<TcpStream> {
        let s = if self.rate > 0 {
            self.connect_narrow()?
        } else {
            TcpStream::connect_timeout(&self.addr, CONNECT_TIMEOUT)?
        };
        s.set_nodelay(true)?;
        s.set_nonblocking(true)?;
        Ok(s)
    }

    /// With a receive buffer that does not hide a slow reader; it must be set before the connection is made.
    fn connect_narrow(&self) -> io::Result<TcpStream> {
        let SocketAddr::V4(v4) = self.addr else { return Err(ErrorKind::Unsupported.into()) };
        let size = self.rate.clamp(4 << 10, 64 << 10) as libc::c_int;
        let to = libc::sockaddr_in {
            sin_family: libc::AF_INET as u16,
            sin_port: v4.port().to_be(),
            sin_addr: libc::in_addr { s_addr: u32::from(*v4.ip()).to_be() },
            sin_zero: [0; 8],
        };
        // SAFETY: the descriptor is fresh and owned here; both pointers are to locals of the sizes given.
        unsafe {
            let s = OwnedFd::from_raw_fd(ok(libc::socket(libc::AF_INET, libc::SOCK_STREAM | libc::SOCK_CLOEXEC, 0))?);
            let (level, name) = (libc::SOL_SOCKET, libc::SO_RCVBUF);
            ok(libc::setsockopt(s.as_raw_fd(), level, name, (&raw const size).cast(), size_of_val(&size) as u32))?;
            ok(libc::connect(s.as_raw_fd(), (&raw const to).cast(), size_of_val(&to) as u32))?;
            Ok(s.into())
        }
    }
}

/// A system call's result: its error when it is negative.
fn ok(result: i32) -> io::Result<i32> {
    if result < 0 { Err(Error::last_os_error()) } else { Ok(result) }
}

fn ok_len(result: isize) -> io::Result<u64> {
    if result < 0 { Err(Error::last_os_error()) } else { Ok(result as u64) }
}

#[derive(Default)]
struct Tally {
    latency_us: Vec<u32>,
    first_us: Vec<u32>,
    done: u64,
    bytes: u64,
    bad_status: u64,
    bad_len: u64,
    bad_body: u64,
    io_err: u64,
    why: Option<String>,
    end: Option<Instant>,
}

impl Tally {
    fn note(&mut self, why: impl FnOnce() -> String) {
        if self.why.is_none() {
            self.why = Some(why());
        }
    }
}

/// How a step of a connection ended.
enum Step {
    /// call again when the socket is ready
    Wait,
    /// the rate is used up until then
    Pause(Instant),
    Complete,
}

struct Conn {
    sock: TcpStream,
    index: u64,
    head: Vec<u8>,
    seed: u64,
    /// bytes of head and body that have gone out
    sent: u64,
    response: Response,
    buf: Vec<u8>,
    mismatch: bool,
    begun: Instant,
    first: Option<Instant>,
    /// this socket has served a request before, so the server may have closed it meanwhile
    reused: bool,
    failures: u32,
    wants_write: bool,
    paused: bool,
    /// bytes that may be read now; below zero after a receive that took more
    allowance: f64,
    refilled: Instant,
}

impl Conn {
    fn new(sock: TcpStream) -> Conn {
        let now = Instant::now();
        Conn {
            sock,
            index: 0,
            head: Vec::new(),
            seed: 0,
            sent: 0,
            response: Response::new(false),
            buf: Vec::with_capacity(RECV),
            mismatch: false,
            begun: now,
            first: None,
            reused: false,
            failures: 0,
            wants_write: false,
            paused: false,
            allowance: 0.0,
            refilled: now,
        }
    }

    fn begin(&mut self, c: &Config, i: u64) {
        // Without {i} every request is the same, signature included.
        if self.head.is_empty() || c.range > 0 || c.path.contains("{i}") {
            (self.head, self.seed) = c.request(i);
        }
        self.index = i;
        self.begun = Instant::now();
        self.rewind(c);
    }

    fn rewind(&mut self, c: &Config) {
        self.sent = 0;
        self.response = Response::new(c.method == "HEAD");
        self.buf.clear();
        self.mismatch = false;
        self.first = None;
    }

    fn total(&self, c: &Config) -> u64 {
        self.head.len() as u64 + c.size
    }

    /// Sends until all is out (true) or the socket takes no more.
    fn send(&mut self, c: &Config, t: &mut Tally) -> io::Result<bool> {
        while self.sent < self.total(c) {
            let n = match self.send_some(c) {
                // A server that refuses the body may have closed after its answer, which is still to be read.
                Err(e)
                    if matches!(
                        e.kind(),
                        ErrorKind::WouldBlock | ErrorKind::BrokenPipe | ErrorKind::ConnectionReset
                    ) =>
                {
                    return Ok(false);
                }
                n => n?,
            };
            let head = self.head.len() as u64;
            t.bytes += (self.sent + n).saturating_sub(head) - self.sent.saturating_sub(head);
            self.sent += n;
        }
        Ok(true)
    }

    fn send_some(&self, c: &Config) -> io::Result<u64> {
        let (fd, head_len) = (self.sock.as_raw_fd(), self.head.len() as u64);
        let head = &self.head[self.sent.min(head_len) as usize..];
        let body_sent = self.sent.saturating_sub(head_len);
        let left = c.size - body_sent;
        if left > COPY_MAX && head.is_empty() {
            let (file, mut pos, there) = c.content.file(self.seed, body_sent);
            // SAFETY: both descriptors are open and pos is a local.
            return ok_len(unsafe { libc::sendfile(fd, file, &mut pos, there.min(left) as usize) });
        }
        let body = if left > 0 { c.content.slice(self.seed, body_sent, left.min(COPY_MAX)) } else { &[] };
        let iov = [iovec(head), iovec(body)];
        let more = if left > COPY_MAX { libc::MSG_MORE } else { 0 };
        // SAFETY: an all-zero msghdr is valid; the two vectors outlive the call, which only reads through them.
        unsafe {
            let mut m: libc::msghdr = std::mem::zeroed();
            m.msg_iov = iov.as_ptr().cast_mut();
            m.msg_iovlen = iov.len();
            ok_len(libc::sendmsg(fd, &m, libc::MSG_NOSIGNAL | more))
        }
    }

    /// Reads until the response is complete, the socket is empty or the rate is used up.
    fn receive(&mut self, c: &Config, t: &mut Tally, scratch: &mut [u8]) -> io::Result<Step> {
        loop {
            if let Some(until) = self.rate_pause(c) {
                return Ok(Step::Pause(until));
            }
            let skip = if c.check || !self.buf.is_empty() { 0 } else { self.response.skippable() };
            let want = if skip > 0 { skip.min(DISCARD as u64) as usize } else { RECV };
            let want = if c.rate > 0 { want.min(self.allowance.max(1.0) as usize) } else { want };
            let flags = if skip > 0 { libc::MSG_TRUNC } else { 0 };
            // SAFETY: want <= DISCARD = scratch.len() (with MSG_TRUNC, TCP drops the bytes and leaves scratch alone).
            let n = ok_len(unsafe { libc::recv(self.sock.as_raw_fd(), scratch.as_mut_ptr().cast(), want, flags) });
            let n = match n {
                Ok(0) if self.response.closed() => return Ok(Step::Complete),
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(Step::Wait),
                n => n? as usize,
            };
            self.first.get_or_insert_with(Instant::now);
            self.allowance -= n as f64;
            let before = self.response.body;
            if skip > 0 {
                self.response.skipped(n as u64);
            } else {
                self.parse(c, &scratch[..n])?;
            }
            t.bytes += self.response.body - before;
            if self.response.done() {
                return Ok(Step::Complete);
            }
            // A short receive has emptied the socket; epoll tells of more.
            if n < want {
                return Ok(Step::Wait);
            }
        }
    }

    fn parse(&mut self, c: &Config, got: &[u8]) -> io::Result<()> {
        let (seed, check, mismatch) = (self.seed, c.check, &mut self.mismatch);
        let on_body = |off: u64, b: &[u8]| *mismatch |= check && !c.content.matches(seed, off, b);
        let whole = if self.buf.is_empty() {
            got
        } else {
            self.buf.extend_from_slice(got);
            &self.buf
        };
        let n = self.response.feed(whole, on_body).map_err(|e| Error::new(ErrorKind::InvalidData, e))?;
        let rest = whole[n..].to_vec();
        if self.response.done() && !rest.is_empty() {
            return Err(Error::new(ErrorKind::InvalidData, "bytes after the response"));
        }
        self.buf = rest;
        Ok(())
    }

    /// Refills the allowance; when it is used up, until when.
    fn rate_pause(&mut self, c: &Config) -> Option<Instant> {
        if c.rate == 0 {
            return None;
        }
        let (now, rate) = (Instant::now(), c.rate as f64);
        // A tenth of a second's worth is read at once, so that a slow reader costs few wake-ups.
        let burst = (rate / 10.0).max(1.0);
        self.allowance = (self.allowance + (now - self.refilled).as_secs_f64() * rate).min(burst);
        self.refilled = now;
        (self.allowance < 1.0).then(|| now + Duration::from_secs_f64((burst - self.allowance) / rate))
    }
}

fn iovec(b: &[u8]) -> libc::iovec {
    libc::iovec { iov_base: b.as_ptr().cast_mut().cast(), iov_len: b.len() }
}

struct Worker<'a> {
    c: &'a Config,
    epoll: OwnedFd,
    conns: Vec<Option<Conn>>,
    paused: BinaryHeap<Reverse<(Instant, usize)>>,
    scratch: Vec<u8>,
    t: Tally,
}

impl<'a> Worker<'a> {
    fn new(c: &'a Config, conns: u64) -> io::Result<Worker<'a>> {
        // SAFETY: a non-negative result is a descriptor that no other code owns.
        let epoll = unsafe { OwnedFd::from_raw_fd(ok(libc::epoll_create1(libc::EPOLL_CLOEXEC))?) };
        let conns = (0..conns).map(|_| c.connect().map(|s| Some(Conn::new(s)))).collect::<io::Result<Vec<_>>>()?;
        let t = Tally::default();
        let w = Worker { c, epoll, conns, paused: BinaryHeap::new(), scratch: vec![0; DISCARD], t };
        for k in 0..w.conns.len() {
            w.watch(k, libc::EPOLL_CTL_ADD)?;
        }
        Ok(w)
    }

    /// Registers connection `k` (ADD, MOD or DEL) for reading, and for writing while it has something to send.
    fn watch(&self, k: usize, op: i32) -> io::Result<()> {
        let Some(x) = &self.conns[k] else { return Ok(()) };
        let write = if x.wants_write { libc::EPOLLOUT } else { 0 };
        let mut e = libc::epoll_event { events: (libc::EPOLLIN | write) as u32, u64: k as u64 };
        // SAFETY: both descriptors are open and the event is a local.
        ok(unsafe { libc::epoll_ctl(self.epoll.as_raw_fd(), op, x.sock.as_raw_fd(), &mut e) }).map(|_| ())
    }

    fn run(mut self, start: Instant) -> Tally {
        let deadline = start + self.c.dur;
        for k in 0..self.conns.len() {
            self.next_request(k);
        }
        let mut events = [libc::epoll_event { events: 0, u64: 0 }; 256];
        while self.conns.iter().any(Option::is_some) {
            let now = Instant::now();
            if now >= deadline {
                self.t.end = Some(now);
                break;
            }
            self.resume(now);
            let until = self.paused.peek().map_or(deadline, |Reverse((at, _))| deadline.min(*at));
            let ms = until.saturating_duration_since(now).as_micros().div_ceil(1000).min(60_000) as i32;
            // SAFETY: the array has the length given.
            let n = unsafe { libc::epoll_wait(self.epoll.as_raw_fd(), events.as_mut_ptr(), events.len() as i32, ms) };
            for e in events.iter().take(n.max(0) as usize) {
                self.ready(e.u64 as usize, e.events & libc::EPOLLOUT as u32 != 0);
            }
        }
        self.t
    }

    /// Takes up again the connections whose pause is over.
    fn resume(&mut self, now: Instant) {
        while let Some(&Reverse((at, k))) = self.paused.peek() {
            if at > now {
                break;
            }
            self.paused.pop();
            if let Some(x) = self.conns[k].as_mut().filter(|x| x.paused) {
                x.paused = false;
                let watched = self.watch(k, libc::EPOLL_CTL_ADD);
                self.or_fail(k, watched);
            }
        }
    }

    fn next_request(&mut self, k: usize) {
        let Some(i) = self.c.next() else {
            self.conns[k] = None;
            return;
        };
        if let Some(x) = &mut self.conns[k] {
            x.begin(self.c, i);
        }
        self.send(k);
    }

    fn send(&mut self, k: usize) {
        let Some(x) = &mut self.conns[k] else { return };
        let before = x.wants_write;
        let sent = x.send(self.c, &mut self.t).map(|all| x.wants_write = !all);
        let changed = x.wants_write != before;
        let result = sent.and_then(|()| if changed { self.watch(k, libc::EPOLL_CTL_MOD) } else { Ok(()) });
        self.or_fail(k, result);
    }

    fn ready(&mut self, k: usize, writable: bool) {
        let Some(x) = &mut self.conns[k] else { return };
        match x.receive(self.c, &mut self.t, &mut self.scratch) {
            Ok(Step::Wait) if writable => self.send(k),
            Ok(Step::Wait) => {}
            Ok(Step::Pause(until)) => {
                // Not watched at all, since a hang-up would be reported without end.
                let removed = self.watch(k, libc::EPOLL_CTL_DEL);
                if let Some(x) = &mut self.conns[k] {
                    x.paused = true;
                }
                self.paused.push(Reverse((until, k)));
                self.or_fail(k, removed);
            }
            Ok(Step::Complete) => self.complete(k),
            Err(e) => self.fail(k, &e),
        }
    }

    fn complete(&mut self, k: usize) {
        let (c, t) = (self.c, &mut self.t);
        let Some(x) = &mut self.conns[k] else { return };
        let now = Instant::now();
        let r = &x.response;
        let len = if c.method == "HEAD" { r.content_length } else { Some(r.body) };
        if r.status != c.status {
            t.bad_status += 1;
            t.note(|| format!("request {}: status {}", x.index, r.status));
        } else if c.len.is_some_and(|want| len != Some(want)) {
            t.bad_len += 1;
            t.note(|| format!("request {}: length {len:?}", x.index));
        } else if x.mismatch {
            t.bad_body += 1;
            t.note(|| format!("request {}: wrong bytes", x.index));
        } else {
            let us = |d: Duration| d.as_micros().min(u128::from(u32::MAX)) as u32;
            t.done += 1;
            t.latency_us.push(us(now - x.begun));
            t.first_us.push(us(x.first.unwrap_or(now) - x.begun));
        }
        t.end = Some(now);
        x.failures = 0;
        x.reused = true;
        // An answer before the whole body went out leaves the connection in the middle of a request.
        if (r.close || x.sent < x.total(c)) && !self.reconnect(k) {
            return;
        }
        self.next_request(k);
    }

    fn or_fail(&mut self, k: usize, result: io::Result<()>) {
        if let Err(e) = result {
            self.fail(k, &e);
        }
    }

    /// The connection broke. A kept-alive one that broke before any answer may merely have been closed by the server
    /// meanwhile: its request is sent again, once.
    fn fail(&mut self, k: usize, e: &Error) {
        let Some(x) = &mut self.conns[k] else { return };
        let stale = x.reused && x.first.is_none();
        let again = stale && e.kind() != ErrorKind::InvalidData;
        if !again {
            self.t.io_err += 1;
            x.failures += 1;
            self.t.note(|| format!("request {}: {e}", x.index));
            self.t.end = Some(Instant::now());
            if x.failures >= GIVE_UP {
                self.conns[k] = None;
                return;
            }
        }
        if !self.reconnect(k) {
            return;
        }
        match &mut self.conns[k] {
            Some(x) if again => {
                x.rewind(self.c);
                self.send(k);
            }
            _ => self.next_request(k),
        }
    }

    fn reconnect(&mut self, k: usize) -> bool {
        let watched = self.c.connect().and_then(|s| {
            if let Some(x) = &mut self.conns[k] {
                // Dropping the old socket takes it out of epoll.
                x.sock = s;
                x.reused = false;
                x.wants_write = false;
                x.paused = false;
            }
            self.watch(k, libc::EPOLL_CTL_ADD)
        });
        if let Err(e) = &watched {
            self.t.io_err += 1;
            self.t.note(|| format!("connect: {e}"));
            self.conns[k] = None;
        }
        watched.is_ok()
    }
}

fn main() {
    let a = Args::parse();
    let c = Config::parse();
    let conns = a.n("conns", 64).min(c.count.unwrap_or(u64::MAX)).max(1);
    let threads = a.n("threads", 2).clamp(1, conns);
    // Every connection stands before the clock starts.
    let barrier = Barrier::new(threads as usize);
    let (c, barrier) = (&c, &barrier);
    let tallies: Vec<io::Result<(Instant, Tally)>> = std::thread::scope(|s| {
        let spawn = |n: u64| {
            s.spawn(move || {
                let w = Worker::new(c, conns / threads + u64::from(n < conns % threads));
                barrier.wait();
                let start = Instant::now();
                w.map(|w| (start, w.run(start)))
            })
        };
        let handles: Vec<_> = (0..threads).map(spawn).collect();
        handles.into_iter().map(|h| h.join().expect("a worker does not panic")).collect()
    });
    let tallies = tallies.into_iter().collect::<io::Result<Vec<_>>>().unwrap_or_else(|e| {
        eprintln!("connect to {}: {e}", c.addr);
        std::process::exit(1)
    });
    report(tallies);
}

fn report(tallies: Vec<(Instant, Tally)>) {
    let start = tallies.iter().map(|(s, _)| *s).min().unwrap_or_else(Instant::now);
    let end = tallies.iter().filter_map(|(_, t)| t.end).max().unwrap_or(start);
    let elapsed = (end - start).as_secs_f64().max(1e-6);
    let mut all = Tally::default();
    for (_, t) in tallies {
        all.latency_us.extend(t.latency_us);
        all.first_us.extend(t.first_us);
        all.done += t.done;
        all.bytes += t.bytes;
        all.bad_status += t.bad_status;
        all.bad_len += t.bad_len;
        all.bad_body += t.bad_body;
        all.io_err += t.io_err;
        all.why = all.why.or(t.why);
    }
    all.latency_us.sort_unstable();
    all.first_us.sort_unstable();
    let (l, f) = (&all.latency_us, &all.first_us);
    let percentiles = format!(
        "\"p50_us\":{},\"p99_us\":{},\"max_us\":{},\"ttfb50_us\":{},\"ttfb99_us\":{}",
        cobench::pct(l, 0.5),
        cobench::pct(l, 0.99),
        cobench::pct(l, 1.0),
        cobench::pct(f, 0.5),
        cobench::pct(f, 0.99)
    );
    let errors = format!(
        "\"bad_status\":{},\"bad_len\":{},\"bad_body\":{},\"io_err\":{}",
        all.bad_status, all.bad_len, all.bad_body, all.io_err
    );
    let (rps, mbs) = (all.done as f64 / elapsed, all.bytes as f64 / elapsed / 1e6);
    println!(
        "{{\"done\":{},\"bytes\":{},\"elapsed\":{elapsed:.6},\"rps\":{rps:.3},\"mbs\":{mbs:.3},{percentiles},{errors},\"client_cpu\":{:.6}}}",
        all.done,
        all.bytes,
        cobench::cpu_self()
    );
    if let Some(why) = all.why {
        eprintln!("{why}");
    }
}
