//! Progress of long work, at a terminal only.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    io::{IsTerminal, stderr},
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

/// Work that ends sooner shows none.
const FIRST_SHOWN_AFTER: Duration = Duration::from_millis(700);
/// Updates for each second.
const UPDATES_HZ: u8 = 5;

/// Bytes that were transferred.
pub(super) struct TransferProgress {
    bar: ProgressBar,
    begin: Instant,
    is_shown: AtomicBool,
}

impl TransferProgress {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        Self { bar, begin: Instant::now(), is_shown: AtomicBool::new(false) }
    }

    /// The length of the whole work is known.
    pub(super) fn expect(&self, bytes: u64) {
        self.bar.set_length(bytes);
    }

    /// Bytes were transferred.
    pub(super) fn add(&self, bytes: u64) {
        self.bar.inc(bytes);
        if self.begin.elapsed() >= FIRST_SHOWN_AFTER && !self.is_shown.swap(true, Ordering::Relaxed) {
            self.show();
        }
    }

    /// Bytes that must be transferred again.
    pub(super) fn take_back(&self, bytes: u64) {
        self.bar.dec(bytes);
    }

    /// How much of the work was done before.
    pub(super) fn resume_at(&self, bytes: u64) {
        self.bar.inc(bytes);
        self.bar.reset_eta();
    }

    /// Prints a line about one of many transfers.
    #[expect(clippy::print_stderr, reason = "this is what the user reads")]
    pub(super) fn note(&self, line: &str) {
        self.bar.suspend(|| eprintln!("coho: {line}"));
    }

    /// Removes the bar.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn show(&self) {
        if !stderr().is_terminal() {
            return;
        }
        let template = match self.bar.length() {
            Some(_) => "{bar:30} {bytes} of {total_bytes}  {bytes_per_sec}  {eta} left",
            None => "{spinner} {bytes}  {bytes_per_sec}  {elapsed}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style.progress_chars("=> "));
        }
        self.bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(UPDATES_HZ));
    }
}
