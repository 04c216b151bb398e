//! The fetch itself: take the token, look again, ask the origin, take the body in, commit.

use crate::{
    MirrorFailure, OriginHead,
    ask::{Answer, Asker},
    engine::Mirror,
    entity_tag::{OriginVersion, entity_tag},
    flight::{Done, Flight, Passed, Stage},
    frames::Frames,
    framing::{self, ContentRange},
    limit::FetchLimiters,
    metrics::RuleMetrics,
    order::Order,
    origins::OriginBody,
    resume::Resume,
    trace::Trace,
    turn,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use coho_model::{Fetched, MAX_USER_META_BYTES, ObjectHeaders, Provenance, Timestamp};
use coho_store::{FAR_BYTES, Fill, FillHead, Filled, random_u64};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use std::{sync::Arc, time::Duration};

/// Where an answer tells its error, and what it is of a loop (OSS).
const EC_HEADER: HeaderName = HeaderName::from_static("x-oss-ec");
const LOOP_EC: &str = "0041-00000009";
const CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");

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

/// Of these, the ones that are lists.
const LISTS: [&str; 3] = ["content-encoding", "cache-control", "content-language"];

/// Bodies up to this are taken in where they were asked for: going to and fro between threads costs more than they do.
/// Longer ones could hold up a thread's other connections when the disk gets slow.
const LIGHT_BYTES: u64 = 8 << 20;
/// Most bytes of an answer that is passed on as it is.
const MAX_PASSED_BYTES: usize = 1 << 20;

/// One fetch.
pub(crate) struct Fetch {
    pub(crate) mirror: Arc<Mirror>,
    pub(crate) flight: Arc<Flight>,
    pub(crate) order: Arc<Order>,
    /// What the bucket and the rule may use.
    pub(crate) limiters: FetchLimiters,
    pub(crate) metrics: Arc<RuleMetrics>,
    pub(crate) trace: Trace,
}

/// What an origin's answer is.
enum Judged {
    Object(Box<Object>),
    Passed(Passed),
}

/// The object on its way.
struct Object {
    head: OriginHead,
    body: OriginBody,
    resume: Resume,
    md5: Option<[u8; 16]>,
    provenance: Arc<Provenance>,
}

impl Object {
    /// What its record will say.
    fn fill_head(&self) -> FillHead {
        FillHead {
            etag: self.head.etag,
            modified: self.head.modified,
            headers: self.head.headers.clone(),
            provenance: self.provenance.clone(),
            length: self.head.length,
            expected_md5: self.md5,
        }
    }
}

impl Fetch {
    /// Runs to the end, whoever is still interested.
    pub(crate) async fn run(self: &Arc<Self>) -> Done {
        match self.run_inner().await {
            Ok(done) => done,
            Err(failure) => Done::Failed(failure),
        }
    }

    async fn run_inner(self: &Arc<Self>) -> Result<Done, MirrorFailure> {
        let store = &self.mirror.store;
        let Order { bucket, key, .. } = &*self.order;
        let token = if self.flight.stores() { Some(store.begin_fill(bucket, key).await?) } else { None };
        self.flight.set_token(token);
        let end_fill = async || {
            if let Some(token) = token {
                store.end_fill(bucket, key, token).await;
            }
        };
        // Whatever was written before the token was taken is seen by this look, or by the one from before.
        let present = match store.key_version(bucket, key).await {
            Ok(version) if self.order.missed == Some(version) => Ok(None),
            Ok(_) => store.object(bucket, key).await,
            Err(error) => Err(error),
        };
        if !matches!(present, Ok(None)) {
            end_fill().await;
        }
        if let Some(record) = present? {
            self.flight.reach(Stage::Present(record.clone()));
            return Ok(Done::Present(record));
        }
        self.metrics.count("fetch");
        let judged = match self.asker().first_answer().await {
            Ok(answer) => self.judge(answer).await,
            Err(failure) => Err(failure),
        };
        match judged {
            Ok(Judged::Object(object)) => {
                let limit = self.mirror.options.max_object_bytes;
                let length = object.head.length;
                let fill = Fill::new(store.clone(), bucket.clone(), key.clone(), token, object.fill_head(), limit);
                if length.is_some_and(|length| length <= LIGHT_BYTES) {
                    return self.take(fill, *object).await;
                }
                let fetch = self.clone();
                let taken = self.mirror.heavy.spawn(async move { fetch.take(fill, *object).await });
                // It goes with its runtime, at the end.
                taken.await.unwrap_or_else(|_| Err(MirrorFailure::Body("fetch was given up".into())))
            }
            Ok(Judged::Passed(passed)) => {
                end_fill().await;
                self.flight.reach(Stage::Passed(Arc::new(passed)));
                Ok(Done::Passed)
            }
            Err(failure) => {
                end_fill().await;
                Err(failure)
            }
        }
    }

    pub(crate) fn asker(&self) -> Asker<'_> {
        let Mirror { client, health, store, .. } = &*self.mirror;
        Asker { client, health, order: &self.order, trace: &self.trace, now: store.now() }
    }

    fn idle_timeout(&self) -> Duration {
        self.mirror.options.timeouts(&self.order.bucket.mirror).idle
    }

    async fn judge(&self, Answer { response, origin }: Answer) -> Result<Judged, MirrorFailure> {
        let status = response.status();
        let is_whole = || ContentRange::of(&response).is_some_and(|range| range.is_whole());
        if status == StatusCode::OK || (status == StatusCode::PARTIAL_CONTENT && is_whole()) {
            let object = self.object(response, origin)?;
            if origin > 0 {
                self.metrics.count("failed_over");
            }
            return Ok(Judged::Object(Box::new(object)));
        }
        let transparent = self.order.mirror().is_some_and(|mirror| mirror.is_transparent(status.as_u16()));
        // With MirrorFollowRedirect a redirect that is still here leads nowhere.
        let follows = self.order.mirror().and_then(|mirror| mirror.follow_redirect).unwrap_or(true);
        let redirects = !follows && status.is_redirection() && status != StatusCode::NOT_MODIFIED;
        match status {
            _ if transparent || redirects => self.passed(response).await.map(Judged::Passed),
            StatusCode::NOT_FOUND => Err(MirrorFailure::NotFound),
            // A Coho on the way was asked by itself: who asked first is told what is wrong.
            StatusCode::FAILED_DEPENDENCY if response.headers().get(EC_HEADER).is_some_and(|ec| ec == LOOP_EC) => {
                Err(MirrorFailure::Loop)
            }
            other => Err(MirrorFailure::Status(other.as_u16())),
        }
    }

    fn object(&self, response: Response<OriginBody>, origin: usize) -> Result<Object, MirrorFailure> {
        let (length, end) = framing::whole(&response)?;
        let headers = kept(response.headers(), self.order.says(|mirror| mirror.save_oss_meta))?;
        let url = self.order.urls.iter().nth(origin).unwrap_or(&self.order.urls.first);
        let text = |name| response.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let md5 = self.order.says(|mirror| mirror.check_md5).then(|| text(CONTENT_MD5)).flatten();
        let modified = self.order.says(|mirror| mirror.user_last_modified).then(|| text(header::LAST_MODIFIED));
        let resume = Resume::of(response.headers(), origin, end);
        let version = OriginVersion {
            url: url.as_str(),
            request_headers: &self.order.headers,
            validator: resume.validator(),
            length: end,
            content_encoding: headers.get("content-encoding"),
        };
        let etag = entity_tag(&version, random_bits);
        let url: Arc<str> = url.tag_value().into();
        let now = self.mirror.store.now();
        let modified = modified.flatten().and_then(Timestamp::parse_http_date).unwrap_or(now);
        let fetched = Fetched {
            at: now,
            rule_number: self.order.rule_number,
            etag: text(header::ETAG).map(Into::into),
            last_modified: text(header::LAST_MODIFIED).map(Into::into),
        };
        Ok(Object {
            head: OriginHead { length, headers, tag: url.clone(), etag, modified },
            provenance: Arc::new(Provenance { url, fetch: Some(fetched) }),
            resume,
            md5: md5.map(content_md5).transpose()?,
            body: response.into_body(),
        })
    }

    #[expect(clippy::disallowed_methods, reason = "`Limited` bounds what is collected")]
    async fn passed(&self, response: Response<OriginBody>) -> Result<Passed, MirrorFailure> {
        let (parts, body) = response.into_parts();
        let mut headers = HeaderMap::new();
        for name in [header::LOCATION, header::CONTENT_TYPE, header::CONTENT_ENCODING] {
            if let Some(value) = parts.headers.get(&name) {
                headers.insert(name, value.clone());
            }
        }
        let body = Limited::new(body, MAX_PASSED_BYTES).collect();
        match tokio::time::timeout(self.idle_timeout(), body).await {
            Ok(Ok(body)) => Ok(Passed { status: parts.status, headers, body: body.to_bytes() }),
            Ok(Err(error)) => Err(MirrorFailure::Body(error.to_string().into())),
            Err(_) => Err(MirrorFailure::Body("origin stalled".into())),
        }
    }

    async fn take(&self, mut fill: Fill, object: Object) -> Result<Done, MirrorFailure> {
        let Object { head, body, mut resume, .. } = object;
        let head = Arc::new(head);
        self.flight.can_resume(resume.clone());
        let received = match fill.admit().await {
            Ok(()) => {
                let receiving = self.receive(&mut fill, &head, body, &mut resume);
                let received = tokio::time::timeout(self.mirror.options.total_timeout, receiving).await;
                received.unwrap_or_else(|_| Err(MirrorFailure::Body("the body took too long in all".into())))
            }
            Err(error) => Err(error.into()),
        };
        if let Err(failure) = received {
            fill.abandon(&failure.to_string()).await;
            return Err(failure);
        }
        self.flight.commits();
        // Also for an empty body, whose readers still wait for the head. They send it before the object is published.
        self.open(&fill, &head);
        tokio::task::yield_now().await;
        if !self.flight.stores() {
            fill.release().await?;
            return Ok(Done::NotStored);
        }
        match fill.commit().await? {
            Filled::Stored(record) => Ok(Done::Stored(record)),
            Filled::Overtaken => Ok(Done::Overtaken),
            Filled::Md5Mismatch => Err(MirrorFailure::Md5),
        }
    }

    fn open(&self, fill: &Fill, head: &Arc<OriginHead>) {
        if self.flight.reach(Stage::Open(head.clone(), fill.body())) {
            self.metrics.first_byte(self.trace.elapsed());
        }
    }

    /// Takes the whole body in, over as many connections as it needs.
    async fn receive(
        &self,
        fill: &mut Fill,
        head: &Arc<OriginHead>,
        body: OriginBody,
        resume: &mut Resume,
    ) -> Result<(), MirrorFailure> {
        let mut opened = false;
        let mut frames = Frames::new(body, self.idle_timeout(), 0, resume.length());
        loop {
            let broken = match self.drain(fill, head, &mut frames, &mut opened).await {
                Ok(Drained::Whole) => return Ok(()),
                Ok(Drained::Met) => {
                    fill.absorb(|| self.flight.commits()).await?;
                    if resume.length() == Some(fill.taken()) {
                        return Ok(());
                    }
                    match self.go_on(resume, fill.taken(), false).await {
                        Some(body) => {
                            self.metrics.received(frames.given_back());
                            frames = Frames::new(body, self.idle_timeout(), fill.taken(), resume.length());
                        }
                        // The answer that was left is still there: what is here already comes once more.
                        None => frames.skip_to(fill.taken()),
                    }
                    continue;
                }
                Err(broken) => broken,
            };
            if !matches!(broken, MirrorFailure::Body(_) | MirrorFailure::Short) {
                return Err(broken);
            }
            // What waits for a place at the origin must not hold one.
            frames.give_up();
            // Readers get what there is while the rest is looked for.
            fill.flush().await?;
            let origin = resume.origin();
            let Some(body) = self.go_on(resume, fill.taken(), true).await else { return Err(broken) };
            frames = Frames::new(body, self.idle_timeout(), fill.taken(), resume.length());
            self.metrics.count("resumed");
            if resume.origin() != origin {
                self.metrics.count("failed_over");
            }
        }
    }

    async fn drain(
        &self,
        fill: &mut Fill,
        head: &Arc<OriginHead>,
        frames: &mut Frames,
        opened: &mut bool,
    ) -> Result<Drained, MirrorFailure> {
        let mut paced = fill.taken();
        let mut first = None;
        if !*opened && head.length.is_some_and(|length| length > FAR_BYTES) {
            // A range far behind need not wait for the first byte of the whole.
            match tokio::time::timeout(HEAD_ALONE_TIME, frames.next()).await {
                Ok(frame) => first = Some(frame?),
                Err(_) => drop(self.flight.reach(Stage::Open(head.clone(), fill.body()))),
            }
        }
        while let Some(bytes) = match first.take() {
            Some(frame) => frame,
            None => frames.next().await?,
        } {
            if self.write(fill, frames, bytes, &mut paced).await? == Drained::Met {
                return Ok(Drained::Met);
            }
            // A fast origin delivers the rest at once: then it is written in larger pieces, and a small body that turns
            // out to be bad is answered with an error instead of a broken transfer.
            while let Some(next) = frames.next_now() {
                let Some(bytes) = next? else {
                    let due = fill.taken().saturating_sub(paced) as usize;
                    if due > 0 && *opened {
                        // Nobody waits for the bandwidth who could have the end.
                        fill.flush().await?;
                    }
                    self.limiters.pace(due).await;
                    return whole(fill, frames);
                };
                if self.write(fill, frames, bytes, &mut paced).await? == Drained::Met {
                    return Ok(Drained::Met);
                }
                let begins = !*opened && fill.taken() > FIRST_PIECE_BYTES;
                if begins || fill.taken().saturating_sub(paced) >= PACED_BYTES || frames.has_skipped(PACED_BYTES) {
                    break;
                }
            }
            let taken = fill.taken();
            fill.flush().await?;
            let begins = !*opened;
            if !*opened {
                self.flight.reach(Stage::Open(head.clone(), fill.body()));
                self.metrics.first_byte(self.trace.elapsed());
                *opened = true;
            }
            let skipped = frames.take_skipped();
            self.metrics.received(skipped);
            // Above the bucket's bandwidth the fetch slows down; readers have what has come.
            self.limiters.pace(taken.saturating_sub(paced) as usize + skipped).await;
            paced = taken;
            turn::pass().await;
            if begins && turn::is_alone() {
                // Whom the first bytes have woken may wait for this very core, which has more to do.
                std::thread::yield_now();
            }
        }
        whole(fill, frames)
    }

    /// Writes what is in front of the next part that is here already, and says whether one was met. `paced` is how far the
    /// bandwidth has been waited for.
    async fn write(
        &self,
        fill: &mut Fill,
        frames: &mut Frames,
        mut bytes: Bytes,
        paced: &mut u64,
    ) -> Result<Drained, MirrorFailure> {
        let count = bytes.len();
        if frames.end().is_some_and(|end| fill.covers(count as u64, end)) {
            // Who has the last byte may ask again at once, and must then be made to wait for the object; but not for the
            // bandwidth, which is waited for before.
            let until = fill.taken() + count as u64;
            let due = until.saturating_sub(*paced) as usize;
            if self.limiters.is_exhausted() {
                fill.flush().await?;
            }
            self.limiters.pace(due).await;
            *paced = until;
            self.flight.commits();
        }
        loop {
            let free = fill.split_free(&mut bytes);
            fill.write(free).await?;
            if bytes.is_empty() {
                self.metrics.received(count);
                return Ok(Drained::Whole);
            }
            if fill.meets_ahead_range().await? {
                self.metrics.received(count - bytes.len());
                frames.give_back(bytes);
                return Ok(Drained::Met);
            }
        }
    }
}

/// Where the body of one answer, or a piece of it, led.
#[derive(Debug, PartialEq, Eq)]
enum Drained {
    /// To the end.
    Whole,
    /// To a part of the object that is here already.
    Met,
}

/// So much may be taken from an origin that never pauses before the bandwidth is looked at and others get their turn; a piece
/// that came larger is one turn.
const PACED_BYTES: u64 = 128 * 1024;
/// The head of a long body waits so long for the first byte behind it; a failure up to then is an answer of its own.
const HEAD_ALONE_TIME: Duration = Duration::from_millis(10);
/// Readers begin when so much is there, even if more comes without a pause.
const FIRST_PIECE_BYTES: u64 = 32 * 1024;

fn whole(fill: &Fill, frames: &Frames) -> Result<Drained, MirrorFailure> {
    match frames.end() {
        Some(end) if end != fill.taken() => Err(MirrorFailure::Short),
        _ => Ok(Drained::Whole),
    }
}

fn kept(headers: &HeaderMap, saves_meta: bool) -> Result<ObjectHeaders, MirrorFailure> {
    let mut kept = ObjectHeaders::new();
    for name in KEPT_HEADERS {
        if LISTS.contains(&name) {
            // Several lines of these mean the same as one (RFC 9110, 5.3).
            let lines: Vec<_> = headers.get_all(name).iter().map(HeaderValue::as_bytes).collect();
            if !lines.is_empty() {
                kept.set(name, &lines.join(&b", "[..]));
            }
        } else if let Some(value) = headers.get(name) {
            kept.set(name, value.as_bytes());
        }
    }
    if saves_meta {
        for (name, value) in headers.iter().filter(|(name, _)| name.as_str().starts_with(ObjectHeaders::META_PREFIX)) {
            kept.set(name.as_str(), value.as_bytes());
        }
    }
    let bytes: usize = kept.iter().map(|(name, value)| name.len() + value.len()).sum();
    if bytes > MAX_USER_META_BYTES { Err(MirrorFailure::MetaTooLarge) } else { Ok(kept) }
}

fn random_bits() -> [u8; 16] {
    (u128::from(random_u64()) << 64 | u128::from(random_u64())).to_be_bytes()
}

/// The digest in a `Content-MD5`; one that cannot be read can never agree.
fn content_md5(text: &str) -> Result<[u8; 16], MirrorFailure> {
    let digest = STANDARD.decode(text.trim()).ok().and_then(|bytes| bytes.try_into().ok());
    digest.ok_or(MirrorFailure::Md5)
}
