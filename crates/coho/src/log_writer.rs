//! Writes log lines on a thread of its own, in batches, so that no request waits for the terminal or the log's pipe, nor
//! wakes that thread for each line.
//!
//! The queue is bounded: if the log is not read fast enough, lines are dropped and counted. The log belongs to the
//! process, and so do the thread and the count.

use std::{
    io::{self, Write},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

/// Most bytes of log lines that wait to be written; further lines are dropped.
const MAX_QUEUED_BYTES: usize = 4 * 1024 * 1024;
/// Time after a write in which lines are collected for the next one.
const COLLECT_TIME: Duration = Duration::from_millis(10);
/// Longest time that the end of the process waits for its last lines, for instance if its pipe is not read.
const MAX_FINISH_TIME: Duration = Duration::from_secs(1);

static QUEUE: LogQueue = LogQueue::new();

/// Starts the thread, which writes to standard error, and returns what takes the lines.
///
/// # Errors
/// The thread cannot be started.
pub(crate) fn start() -> io::Result<impl Fn() -> LineWriter> {
    QUEUE.open();
    thread::Builder::new().name("coho-log".to_owned()).spawn(|| QUEUE.write_to(&mut io::stderr()))?;
    Ok(|| LineWriter(&QUEUE))
}

/// Writes what is queued and ends the thread; later lines are dropped. Called before the process ends.
pub(crate) fn finish() {
    QUEUE.finish();
}

/// Log lines that were dropped so far because the queue was full.
pub(crate) fn dropped_lines() -> u64 {
    QUEUE.lock().dropped_lines
}

/// Takes lines; each write is one whole line.
pub(crate) struct LineWriter(&'static LogQueue);

impl Write for LineWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.push(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct LogQueue {
    state: Mutex<QueueState>,
    /// A line arrived while the thread had none, or the queue is finished.
    wake: Condvar,
    /// The thread has ended.
    ended: Condvar,
}

struct QueueState {
    lines: Vec<u8>,
    dropped_lines: u64,
    phase: Phase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// No thread takes lines.
    Closed,
    /// The thread sleeps until a line arrives.
    Waiting,
    /// The thread writes or collects lines, and looks at the queue by itself.
    Busy,
    Finishing,
}

impl LogQueue {
    const fn new() -> Self {
        let state = QueueState { lines: Vec::new(), dropped_lines: 0, phase: Phase::Closed };
        Self { state: Mutex::new(state), wake: Condvar::new(), ended: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, QueueState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes lines from now on, for a thread that is about to start.
    fn open(&self) {
        self.lock().phase = Phase::Busy;
    }

    fn push(&self, line: &[u8]) {
        let mut state = self.lock();
        let is_over = matches!(state.phase, Phase::Closed | Phase::Finishing);
        if is_over || state.lines.len().saturating_add(line.len()) > MAX_QUEUED_BYTES {
            state.dropped_lines += 1;
            return;
        }
        state.lines.extend_from_slice(line);
        if state.phase == Phase::Waiting {
            state.phase = Phase::Busy;
            drop(state);
            self.wake.notify_one();
        }
    }

    /// Writes lines until the queue is finished. Lines that cannot be written are counted, since there is no other place to
    /// report them.
    fn write_to(&self, output: &mut impl Write) {
        let mut batch = Vec::new();
        while self.take(&mut batch) {
            let lost = self.write_batch(&batch, output);
            self.lock().dropped_lines += lost.iter().filter(|byte| **byte == b'\n').count() as u64;
            batch.clear();
            self.collect();
        }
        self.lock().phase = Phase::Closed;
        self.ended.notify_all();
    }

    /// Writes a batch, and returns what of it could not be written. An output that others have made non-blocking is tried
    /// again after a while, unless the process ends.
    fn write_batch<'b>(&self, mut batch: &'b [u8], output: &mut impl Write) -> &'b [u8] {
        while !batch.is_empty() {
            match output.write(batch) {
                Ok(0) => break,
                Ok(count) => batch = &batch[count..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if !self.collect() {
                        break;
                    }
                }
                Err(_) => break,
            }
        }
        batch
    }

    /// Waits for lines and takes them all. False at the end.
    fn take(&self, batch: &mut Vec<u8>) -> bool {
        let mut state = self.lock();
        while state.lines.is_empty() {
            if state.phase == Phase::Finishing {
                return false;
            }
            state.phase = Phase::Waiting;
            state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.phase != Phase::Finishing {
            state.phase = Phase::Busy;
        }
        std::mem::swap(batch, &mut state.lines);
        true
    }

    /// Lets lines arrive for a while without waking the thread. False if the queue is to be finished.
    fn collect(&self) -> bool {
        let state = self.lock();
        let busy = |state: &mut QueueState| state.phase != Phase::Finishing;
        let (_state, waited) =
            self.wake.wait_timeout_while(state, COLLECT_TIME, busy).unwrap_or_else(PoisonError::into_inner);
        waited.timed_out()
    }

    /// Has the thread write what is queued, and waits for its end, but not for ever.
    fn finish(&self) {
        let mut state = self.lock();
        if state.phase == Phase::Closed {
            return;
        }
        state.phase = Phase::Finishing;
        self.wake.notify_all();
        let running = |state: &mut QueueState| state.phase != Phase::Closed;
        drop(self.ended.wait_timeout_while(state, MAX_FINISH_TIME, running).unwrap_or_else(PoisonError::into_inner));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_written_in_order_before_the_end() {
        static QUEUE: LogQueue = LogQueue::new();
        QUEUE.open();
        let thread = thread::spawn(|| {
            let mut output = Vec::new();
            QUEUE.write_to(&mut output);
            output
        });
        let mut expected = Vec::new();
        for number in 0..10_000 {
            let line = format!("line {number}\n");
            QUEUE.push(line.as_bytes());
            expected.extend_from_slice(line.as_bytes());
        }
        QUEUE.finish();
        QUEUE.push(b"too late\n");
        assert_eq!(thread.join().expect("the thread ends"), expected);
        assert_eq!(QUEUE.lock().dropped_lines, 1);
    }

    #[test]
    fn a_full_queue_drops_lines_and_counts_them() {
        let queue = LogQueue::new();
        queue.open();
        let line = vec![b'x'; MAX_QUEUED_BYTES / 2];
        for _ in 0..5 {
            queue.push(&line);
        }
        let state = queue.lock();
        assert_eq!((state.lines.len(), state.dropped_lines), (MAX_QUEUED_BYTES, 3));
    }

    #[test]
    fn an_output_that_blocks_for_a_while_loses_nothing_and_a_broken_one_is_counted() {
        /// Takes a few bytes, or is blocked, in turn; broken at the end.
        struct Output(Vec<u8>, bool);
        impl Write for Output {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.1 = !self.1;
                if self.1 {
                    return Err(io::ErrorKind::WouldBlock.into());
                }
                if self.0.len() > 20 {
                    return Err(io::ErrorKind::BrokenPipe.into());
                }
                let count = bytes.len().min(5);
                self.0.extend_from_slice(&bytes[..count]);
                Ok(count)
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let queue = LogQueue::new();
        queue.open();
        let mut output = Output(Vec::new(), false);
        assert_eq!(queue.write_batch(b"first\nsecond\n", &mut output), b"");
        assert_eq!(output.0, b"first\nsecond\n");
        assert_eq!(queue.write_batch(b"third\nfourth\nfifth\n", &mut output), b"th\nfifth\n");
    }

    #[test]
    fn a_log_that_nobody_reads_does_not_keep_the_process() {
        static QUEUE: LogQueue = LogQueue::new();
        QUEUE.open();
        let (reader, mut writer) = io::pipe().expect("a pipe");
        let thread = thread::spawn(move || QUEUE.write_to(&mut writer));
        QUEUE.push(&vec![b'x'; 1024 * 1024]);
        QUEUE.finish();
        assert_eq!(QUEUE.lock().phase, Phase::Finishing);
        drop(reader);
        thread.join().expect("the thread ends when the pipe is closed");
    }
}
