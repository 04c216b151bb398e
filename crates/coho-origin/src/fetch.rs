//! The fetch itself: take the token, look again, ask the origin, take the body in, commit.

use crate::{
    MirrorFailure, OriginHead,
    counters::MirrorCounters,
    engine::Mirror,
    flight::{Done, Flight, Stage},
};
use bytes::Bytes;
use coho_model::{BucketRecord, MAX_USER_META_BYTES, ObjectHeaders, ObjectKey};
use coho_rules::OriginUrl;
use coho_store::{Fill, Filled};
use futures_util::FutureExt;
use http::{HeaderMap, Method, Response, StatusCode, header};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

/// What OSS keeps of an origin's headers.
const KEPT_HEADERS: [&str; 7] = [
    "content-type",
    "content-encoding",
    "content-disposition",
    "cache-control",
    "expires",
    "content-language",
    "access-control-allow-origin",
];

/// One fetch.
pub(crate) struct Fetch {
    pub(crate) mirror: Arc<Mirror>,
    pub(crate) flight: Arc<Flight>,
    pub(crate) bucket: Arc<BucketRecord>,
    pub(crate) key: ObjectKey,
    pub(crate) url: OriginUrl,
}

impl Fetch {
    /// Runs to the end, whoever is still interested.
    pub(crate) async fn run(&self) -> Done {
        match self.run_inner().await {
            Ok(done) => done,
            Err(failure) => Done::Failed(failure),
        }
    }

    async fn run_inner(&self) -> Result<Done, MirrorFailure> {
        let store = &self.mirror.store;
        let fence = store.begin_fill(&self.bucket, &self.key).await?;
        self.flight.holds(fence);
        // Whatever was written before the token was taken is seen by this look.
        if let Some(record) = store.object(&self.bucket, &self.key).await? {
            store.end_fill(&self.bucket, &self.key, fence).await;
            self.flight.reach(Stage::Present(record.clone()));
            return Ok(Done::Present(record));
        }
        MirrorCounters::count(&self.mirror.counters.fetches);
        let (head, body) = match self.ask().await {
            Ok(answer) => answer,
            Err(failure) => {
                store.end_fill(&self.bucket, &self.key, fence).await;
                return Err(failure);
            }
        };
        let limit = self.mirror.options.max_object_bytes;
        let fill = Fill::new(store.clone(), self.bucket.clone(), self.key.clone(), fence, head.length, limit);
        self.take(fill, Arc::new(head), body).await
    }

    async fn ask(&self) -> Result<(OriginHead, Incoming), MirrorFailure> {
        let response = self.mirror.client.send(Method::GET, HeaderMap::new(), &self.bucket.name, &self.url).await?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Err(MirrorFailure::NotFound),
            other => return Err(MirrorFailure::Status(other.as_u16())),
        }
        let length = length(&response)?;
        let headers = kept(response.headers())?;
        let tag = self.url.tag_value().into();
        Ok((OriginHead { length, headers, tag }, response.into_body()))
    }

    async fn take(&self, mut fill: Fill, head: Arc<OriginHead>, body: Incoming) -> Result<Done, MirrorFailure> {
        let received = match fill.admit().await {
            Ok(()) => self.receive(&mut fill, &head, body).await,
            Err(error) => Err(error.into()),
        };
        if let Err(failure) = received {
            fill.abandon(&failure.to_string()).await;
            return Err(failure);
        }
        // Also for an empty body, whose readers wait for the head still.
        self.open(&fill, &head);
        self.flight.commits();
        match fill.commit(head.headers.clone(), head.tag.clone(), None).await? {
            Filled::Stored(record) => Ok(Done::Stored(record)),
            Filled::Overtaken => Ok(Done::Overtaken),
        }
    }

    fn open(&self, fill: &Fill, head: &Arc<OriginHead>) {
        self.flight.reach(Stage::Open(head.clone(), fill.growth()));
    }

    async fn receive(&self, fill: &mut Fill, head: &Arc<OriginHead>, body: Incoming) -> Result<(), MirrorFailure> {
        let mut frames = Frames { body, idle: self.mirror.options.idle_timeout, length: head.length };
        let mut opened = false;
        while let Some(bytes) = frames.next().await? {
            self.mirror.counters.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            fill.write(bytes).await?;
            // A fast origin delivers the rest at once: then it is written in larger pieces, and a small body that turns
            // out to be bad is answered with an error instead of a broken transfer.
            while let Some(next) = frames.next_now() {
                let Some(bytes) = next? else { return whole(fill, head) };
                self.mirror.counters.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
                fill.write(bytes).await?;
                if !opened && fill.taken() > FIRST_PIECE_BYTES {
                    break;
                }
            }
            fill.flush().await?;
            if !opened {
                self.open(fill, head);
                opened = true;
            }
            // Without this a fast origin starves those who read.
            tokio::task::yield_now().await;
        }
        whole(fill, head)
    }
}

/// Readers begin when so much is there, even if more comes without a pause.
const FIRST_PIECE_BYTES: u64 = 32 * 1024;

fn whole(fill: &Fill, head: &OriginHead) -> Result<(), MirrorFailure> {
    match head.length {
        Some(length) if length != fill.taken() => Err(MirrorFailure::Short),
        _ => Ok(()),
    }
}

/// The frames of a body, with the idle limit.
struct Frames {
    body: Incoming,
    idle: Duration,
    length: Option<u64>,
}

type Frame = Result<hyper::body::Frame<Bytes>, hyper::Error>;

impl Frames {
    async fn next(&mut self) -> Result<Option<Bytes>, MirrorFailure> {
        loop {
            let frame = match tokio::time::timeout(self.idle, self.body.frame()).await {
                Ok(frame) => frame,
                Err(_) => return Err(MirrorFailure::Body("origin stalled".into())),
            };
            match self.data(frame)? {
                Some(bytes) if bytes.is_empty() => {}
                other => return Ok(other),
            }
        }
    }

    /// What is there without waiting.
    fn next_now(&mut self) -> Option<Result<Option<Bytes>, MirrorFailure>> {
        let frame = self.body.frame().now_or_never()?;
        Some(self.data(frame))
    }

    /// Trailers count as no bytes.
    fn data(&self, frame: Option<Frame>) -> Result<Option<Bytes>, MirrorFailure> {
        match frame {
            None => Ok(None),
            Some(Ok(frame)) => Ok(Some(frame.into_data().unwrap_or_default())),
            Some(Err(error)) => Err(self.failure(&error)),
        }
    }

    fn failure(&self, error: &hyper::Error) -> MirrorFailure {
        use std::error::Error;
        let eof = error.source().and_then(|source| source.downcast_ref::<std::io::Error>());
        let eof = eof.is_some_and(|error| error.kind() == std::io::ErrorKind::UnexpectedEof);
        if self.length.is_some() && (eof || error.is_incomplete_message()) {
            return MirrorFailure::Short;
        }
        let why = error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"));
        MirrorFailure::Body(why.into())
    }
}

/// The body's length, or that it comes in chunks. A body that ends with its connection cannot be told from one that
/// was cut off, so it is not taken.
fn length(response: &Response<Incoming>) -> Result<Option<u64>, MirrorFailure> {
    let headers = response.headers();
    let chunked = headers.contains_key(header::TRANSFER_ENCODING);
    if chunked && headers.contains_key(header::CONTENT_LENGTH) {
        return Err(MirrorFailure::Body("origin sent both a length and chunks".into()));
    }
    match response.body().size_hint().exact() {
        Some(length) => Ok(Some(length)),
        None if chunked => Ok(None),
        None => Err(MirrorFailure::NoLength),
    }
}

fn kept(headers: &HeaderMap) -> Result<ObjectHeaders, MirrorFailure> {
    let mut kept = ObjectHeaders::new();
    for name in KEPT_HEADERS {
        if let Some(value) = headers.get(name) {
            kept.set(name, value.as_bytes());
        }
    }
    let bytes: usize = kept.iter().map(|(name, value)| name.len() + value.len()).sum();
    if bytes > MAX_USER_META_BYTES { Err(MirrorFailure::MetaTooLarge) } else { Ok(kept) }
}
