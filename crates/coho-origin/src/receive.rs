//! Receiving a body: pieces of one or more answers are written to the fill in order, in turns, within the bandwidth.

use crate::{
    MirrorFailure,
    fetch_context::FetchContext,
    flight_state::OpenedObject,
    frames::Frames,
    judge::OriginObject,
    origins::OriginBody,
    resume::Resume,
    resumption::{ResumeCause, resume_body},
    turn,
};
use bytes::Bytes;
use coho_store::{FAR_BYTES, Fill};
use std::time::Duration;

/// Most bytes that are received in one turn from an origin that never pauses, before the bandwidth is checked and other
/// fetches get their turn. A piece that is larger is a turn of its own.
const TURN_BYTES: u64 = 128 * 1024;
/// How long the head of a long body waits for its first byte. A failure within this time is answered as an error instead of
/// a broken transfer.
const HEAD_ALONE_TIME: Duration = Duration::from_millis(10);
/// Bytes at which readers may start, even if more arrive without a pause.
const FIRST_PIECE_BYTES: u64 = 32 * 1024;

/// The receiver of one body.
pub(crate) struct BodyReceiver<'a> {
    context: &'a FetchContext,
    fill: &'a mut Fill,
    opened: &'a OpenedObject,
    resume: Resume,
    frames: Frames,
    /// Offset up to which the bandwidth has been waited for.
    paced: u64,
    /// Readers have the first bytes.
    has_readers: bool,
}

/// Where the body of one answer ended.
#[derive(Debug, PartialEq, Eq)]
enum Drained {
    /// At the end of the object.
    Whole,
    /// At a range that was fetched ahead.
    MetRange,
}

/// Why a turn ended.
#[derive(Debug, PartialEq, Eq)]
enum TurnEnd {
    /// The next bytes have not arrived, or [`TURN_BYTES`] are reached.
    Pause,
    /// The answer has ended.
    EndOfAnswer,
    /// The next bytes are those of a range that was fetched ahead.
    MetRange,
}

impl<'a> BodyReceiver<'a> {
    pub(crate) fn new(
        context: &'a FetchContext,
        fill: &'a mut Fill,
        opened: &'a OpenedObject,
        object: OriginObject,
    ) -> Self {
        let OriginObject { body, resume, ends_with_connection, .. } = object;
        let mut frames = Frames::new(body, context.idle_timeout(), 0, resume.length());
        if ends_with_connection {
            frames.end_with_connection();
        }
        Self { context, fill, opened, resume, frames, paced: 0, has_readers: false }
    }

    /// Receives the whole body, over as many connections as it takes.
    pub(crate) async fn run(mut self) -> Result<(), MirrorFailure> {
        loop {
            match self.drain().await {
                Ok(Drained::Whole) => return Ok(()),
                Ok(Drained::MetRange) => {
                    if self.absorb_ranges().await? {
                        return Ok(());
                    }
                }
                Err(failure @ (MirrorFailure::Body(_) | MirrorFailure::Short)) => self.resume(failure).await?,
                Err(failure) => return Err(failure),
            }
        }
    }

    /// Takes over the ranges that were fetched ahead and begin here, and requests the rest. Returns whether the body is
    /// whole.
    async fn absorb_ranges(&mut self) -> Result<bool, MirrorFailure> {
        let flight = &self.context.flight;
        self.fill.absorb(|| flight.mark_committing()).await?;
        let taken = self.fill.taken();
        if self.resume.length() == Some(taken) {
            return Ok(true);
        }
        match resume_body(self.context, &mut self.resume, taken, ResumeCause::RangeAhead).await {
            Some(body) => {
                self.context.received(self.frames.returned_bytes());
                self.set_body(body);
            }
            // The former answer is still open: its bytes up to here arrive a second time, and are dropped.
            None => self.frames.skip_to(taken),
        }
        Ok(false)
    }

    /// Requests the rest of a body that broke off.
    async fn resume(&mut self, failure: MirrorFailure) -> Result<(), MirrorFailure> {
        // Releases the permit of the broken request, since the next one waits for a permit.
        self.frames.close();
        // Readers get what has arrived while the rest is requested.
        self.fill.flush().await?;
        let origin = self.resume.origin();
        let taken = self.fill.taken();
        let Some(body) = resume_body(self.context, &mut self.resume, taken, ResumeCause::BrokenBody).await else {
            return Err(failure);
        };
        self.set_body(body);
        self.context.metrics.count("resumed");
        if self.resume.origin() != origin {
            self.context.metrics.count("failed_over");
        }
        Ok(())
    }

    fn set_body(&mut self, body: OriginBody) {
        self.frames = Frames::new(body, self.context.idle_timeout(), self.fill.taken(), self.resume.length());
    }

    /// Receives the body of one answer.
    async fn drain(&mut self) -> Result<Drained, MirrorFailure> {
        self.paced = self.fill.taken();
        let mut piece = self.first_piece().await?;
        while let Some(bytes) = piece {
            match self.receive_turn(bytes).await? {
                TurnEnd::Pause => self.finish_turn().await?,
                TurnEnd::EndOfAnswer => {
                    self.pace_last_bytes().await?;
                    break;
                }
                TurnEnd::MetRange => return Ok(Drained::MetRange),
            }
            piece = self.frames.next().await?;
        }
        match self.frames.end() {
            Some(end) if end != self.fill.taken() => Err(MirrorFailure::Short),
            Some(_) => Ok(Drained::Whole),
            None if self.context.request.bucket.mirror.trusts_close || self.frames.is_end_proved() => {
                Ok(Drained::Whole)
            }
            None => Err(self.deliver_without_end().await?),
        }
    }

    /// Shows the readers all bytes of a body whose end is not proved; the failure then breaks their transfers.
    async fn deliver_without_end(&mut self) -> Result<MirrorFailure, MirrorFailure> {
        self.fill.flush().await?;
        if !self.has_readers {
            self.start_readers();
        }
        Ok(MirrorFailure::EndNotProved)
    }

    /// The first piece. A long object is opened without it after [`HEAD_ALONE_TIME`], so that a reader of a range far ahead need
    /// not wait for the first byte of the whole.
    async fn first_piece(&mut self) -> Result<Option<Bytes>, MirrorFailure> {
        let is_long = self.opened.head.length.is_some_and(|length| length > FAR_BYTES);
        if !self.has_readers && is_long {
            if let Ok(piece) = tokio::time::timeout(HEAD_ALONE_TIME, self.frames.next()).await {
                return piece;
            }
            self.context.flight.open(self.opened.clone());
        }
        self.frames.next().await
    }

    /// Writes a piece and those that have arrived after it. A fast origin is written in larger pieces this way, and a small
    /// body that turns out to be bad is answered with an error instead of a broken transfer.
    async fn receive_turn(&mut self, first: Bytes) -> Result<TurnEnd, MirrorFailure> {
        if self.write(first).await? == Drained::MetRange {
            return Ok(TurnEnd::MetRange);
        }
        while let Some(next) = self.frames.next_now() {
            let Some(bytes) = next? else { return Ok(TurnEnd::EndOfAnswer) };
            if self.write(bytes).await? == Drained::MetRange {
                return Ok(TurnEnd::MetRange);
            }
            let may_start_readers = !self.has_readers && self.fill.taken() > FIRST_PIECE_BYTES;
            if may_start_readers || self.unpaced() >= TURN_BYTES || self.frames.has_skipped(TURN_BYTES) {
                break;
            }
        }
        Ok(TurnEnd::Pause)
    }

    /// Shows the readers what has arrived, waits for the bandwidth, and lets other fetches have their turn.
    async fn finish_turn(&mut self) -> Result<(), MirrorFailure> {
        let (due, taken) = (self.unpaced() as usize, self.fill.taken());
        self.fill.flush().await?;
        let is_first = !self.has_readers;
        if is_first {
            self.start_readers();
        }
        let skipped = self.frames.take_skipped();
        self.context.received(skipped);
        self.context.limiters.pace(due + skipped).await;
        self.paced = taken;
        turn::pass().await;
        if is_first && turn::is_alone() {
            // The readers that the first bytes have woken may be waiting for this core.
            std::thread::yield_now();
        }
        Ok(())
    }

    fn start_readers(&mut self) {
        let opened = self.opened.clone();
        // The end of the object may be here already, in a range that was fetched ahead.
        let is_whole = self.frames.end().is_some_and(|end| self.fill.covers(0, end));
        if is_whole {
            self.context.flight.commit(opened)
        } else {
            self.context.flight.open(opened)
        };
        self.context.metrics.first_byte(self.context.trace.elapsed());
        self.has_readers = true;
    }

    async fn pace_last_bytes(&mut self) -> Result<(), MirrorFailure> {
        let due = self.unpaced() as usize;
        if due > 0 && self.has_readers {
            // Readers get the end before the wait for the bandwidth.
            self.fill.flush().await?;
        }
        self.context.limiters.pace(due).await;
        Ok(())
    }

    /// Bytes that the bandwidth has not been waited for.
    fn unpaced(&self) -> u64 {
        self.fill.taken().saturating_sub(self.paced)
    }

    /// Writes the bytes up to the next range that was fetched ahead.
    async fn write(&mut self, mut bytes: Bytes) -> Result<Drained, MirrorFailure> {
        let count = bytes.len();
        if self.frames.end().is_some_and(|end| self.fill.covers(count as u64, end)) {
            self.before_last_byte(count).await?;
        }
        loop {
            let free = self.fill.split_free(&mut bytes);
            self.fill.write(free).await?;
            if bytes.is_empty() {
                self.context.received(count);
                return Ok(Drained::Whole);
            }
            if self.fill.meets_ahead_range().await? {
                self.context.received(count - bytes.len());
                self.frames.put_back(bytes);
                return Ok(Drained::MetRange);
            }
        }
    }

    /// A client with the last byte may ask again at once, and must then wait for the object, but not for the bandwidth: so the
    /// bandwidth is waited for before the last byte is shown.
    async fn before_last_byte(&mut self, count: usize) -> Result<(), MirrorFailure> {
        let until = self.fill.taken() + count as u64;
        let due = until.saturating_sub(self.paced) as usize;
        if self.context.limiters.is_exhausted() {
            self.fill.flush().await?;
        }
        self.context.limiters.pace(due).await;
        self.paced = until;
        self.context.flight.mark_committing();
        Ok(())
    }
}
