//! The event stream of a server, recorded from its start on, and waiting for events in it.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::http::{Client, Request};

/// Longest wait for an event, on a busy machine.
pub const EVENT_LIMIT: Duration = Duration::from_secs(60);
/// Longest silence of the stream: longer than any test.
const SILENCE_LIMIT: Duration = Duration::from_secs(3600);
/// Most bytes that one read of the stream takes.
const READ_BYTES: usize = 16 * 1024;

/// An event as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its number; none for `hello` and `lost`.
    pub number: Option<u64>,
    /// Such as `durable`.
    pub name: String,
    /// Its fields.
    pub data: Value,
}

impl Event {
    /// Whether the event has this name and is about this object.
    #[must_use]
    pub fn is(&self, name: &str, bucket: &str, key: &str) -> bool {
        self.name == name && self.data["bucket"] == bucket && self.data["key"] == key
    }
}

/// The events of one run of a server.
#[derive(Debug)]
pub struct Events {
    admin: SocketAddr,
    token: String,
    seen: Arc<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    recorded: Mutex<Recorded>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Recorded {
    events: Vec<Event>,
    ended: bool,
}

impl Events {
    /// Follows the events of the server at this admin address from now on.
    ///
    /// # Errors
    /// When the server does not send them.
    pub fn follow(admin: SocketAddr, token: &str) -> Result<Self> {
        let mut stream = Stream::open(admin, token)?;
        // Events come when something happens.
        stream.client.set_timeout(SILENCE_LIMIT)?;
        let seen = Arc::new(Seen::default());
        let recorder = seen.clone();
        thread::spawn(move || {
            while let Ok(event) = stream.next() {
                recorder.lock().events.push(event);
                recorder.changed.notify_all();
            }
            recorder.lock().ended = true;
            recorder.changed.notify_all();
        });
        Ok(Self { admin, token: token.to_owned(), seen })
    }

    /// All events so far.
    #[must_use]
    pub fn all(&self) -> Vec<Event> {
        self.seen.lock().events.clone()
    }

    /// Waits until an event has come that is meant, and returns the first such since the start.
    ///
    /// # Panics
    /// When it does not come within [`EVENT_LIMIT`].
    #[track_caller]
    pub fn wait_for(&self, what: &str, is_meant: impl Fn(&Event) -> bool) -> Event {
        self.wait_until(what, |events| events.iter().find(|event| is_meant(event)).cloned())
    }

    /// Waits until every fill has ended and every published object is durable, or has failed to be, up to this moment.
    ///
    /// # Panics
    /// When one takes longer than [`EVENT_LIMIT`].
    #[track_caller]
    pub fn wait_until_idle(&self) {
        let last = Stream::open(self.admin, &self.token).map(|stream| stream.last).expect("the server sends events");
        self.wait_until("all fills to end", |events| {
            let newest = events.iter().rev().find_map(|event| event.number).unwrap_or_default();
            (newest >= last && is_idle(events)).then_some(())
        });
    }

    #[track_caller]
    fn wait_until<T>(&self, what: &str, look: impl Fn(&[Event]) -> Option<T>) -> T {
        let deadline = Instant::now() + EVENT_LIMIT;
        let mut recorded = self.seen.lock();
        loop {
            let lost = recorded.events.iter().find(|event| event.name == "lost");
            assert!(lost.is_none(), "the test reads events too slowly: {lost:?}");
            if let Some(found) = look(&recorded.events) {
                return found;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let last = &recorded.events[recorded.events.len().saturating_sub(20)..];
            assert!(!recorded.ended, "the events ended while waiting for {what}: {last:?}");
            assert!(!left.is_zero(), "waited in vain for {what}: {last:?}");
            let waited = self.seen.changed.wait_timeout(recorded, left);
            recorded = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Seen {
    fn lock(&self) -> MutexGuard<'_, Recorded> {
        self.recorded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_idle(events: &[Event]) -> bool {
    let count = |names: &[&str]| events.iter().filter(|event| names.contains(&event.name.as_str())).count();
    count(&["fill_started"]) == count(&["fill_ended", "fill_overtaken", "fill_failed"])
        && count(&["published"]) == count(&["durable", "persist_failed"])
}

/// One connection that reads events.
struct Stream {
    client: Client,
    /// What has come and is not a whole event.
    text: Vec<u8>,
    /// Number of the last event before the stream.
    last: u64,
}

impl Stream {
    fn open(admin: SocketAddr, token: &str) -> Result<Self> {
        let mut client = Client::connect(admin)?;
        let request = Request::new("GET", "/-/events")
            .header("Host", &admin.to_string())
            .header("Authorization", &format!("Bearer {token}"));
        client.send(&request)?;
        let head = client.read_head()?;
        ensure!(head.status == 200, "the event stream is answered with status {}", head.status);
        let mut stream = Self { client, text: Vec::new(), last: 0 };
        let hello = stream.next()?;
        stream.last =
            hello.data["last"].as_str().and_then(|id| id.parse().ok()).with_context(|| format!("{hello:?}"))?;
        Ok(stream)
    }

    fn next(&mut self) -> io::Result<Event> {
        let mut buffer = [0; READ_BYTES];
        loop {
            while let Some(end) = self.text.windows(2).position(|two| two == b"\n\n") {
                let block: Vec<u8> = self.text.drain(..end + 2).collect();
                if let Some(event) = parse(&String::from_utf8_lossy(&block)) {
                    return Ok(event);
                }
            }
            match self.client.read_some(&mut buffer)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => self.text.extend_from_slice(&buffer[..count]),
            }
        }
    }
}

/// One event; none for a comment that keeps the connection alive.
fn parse(block: &str) -> Option<Event> {
    let field = |name: &str| {
        let value = |line: &str| line.strip_prefix(name)?.strip_prefix(':').map(|value| value.trim_start().to_owned());
        block.lines().find_map(value)
    };
    let data = serde_json::from_str(&field("data")?).unwrap_or_default();
    Some(Event { number: field("id").and_then(|id| id.parse().ok()), name: field("event")?, data })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Event, is_idle, parse};

    #[test]
    fn blocks_are_events_or_comments() {
        let event = |number, name: &str, data| Event { number, name: name.to_owned(), data };
        let durable = event(Some(7), "durable", json!({ "bucket": "b", "key": "a:b" }));
        for (block, expected) in [
            ("id: 7\nevent: durable\ndata: {\"bucket\":\"b\",\"key\":\"a:b\"}\n\n", Some(durable)),
            ("event: hello\ndata: {\"last\":\"3\"}\n\n", Some(event(None, "hello", json!({ "last": "3" })))),
            (":\n\n", None),
        ] {
            assert_eq!(parse(block), expected, "{block}");
        }
    }

    #[test]
    fn idle_means_that_all_has_ended() {
        let check = |names: &[&str], expected| {
            let event = |name: &&str| Event { number: None, name: (*name).to_owned(), data: json!({}) };
            assert_eq!(is_idle(&names.iter().map(event).collect::<Vec<_>>()), expected, "{names:?}");
        };
        check(&[], true);
        check(&["fill_started", "published"], false);
        check(&["fill_started", "published", "fill_ended"], false);
        check(&["fill_started", "published", "fill_ended", "durable"], true);
        check(&["fill_started", "fill_failed"], true);
    }
}
