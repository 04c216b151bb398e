//! The parent's side of one worker process: started, spoken to with a deadline, killed.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use coho_image::ImageLimits;

use crate::error::WorkerError;
use crate::pool::{FinishedImage, ImageJob};
use crate::protocol::{Hello, RequestHead, ResponseHead, read_body, read_head, write_head};
use crate::sandbox::SandboxReport;

/// How long a process may take to say what its sandbox is.
const START_TIME: Duration = Duration::from_secs(10);

/// The signal of a process that has used up its processor time: `SIGXCPU`, on all systems that we know.
const OUT_OF_CPU_TIME: i32 = 24;

/// How a process is started: the program ends up in `run_child`.
#[derive(Debug, Clone)]
pub struct WorkerCommand {
    pub program: PathBuf,
    pub arguments: Vec<OsString>,
}

#[derive(Debug)]
pub(crate) struct WorkerProcess {
    child: Child,
    stream: UnixStream,
    pub(crate) sandbox: SandboxReport,
}

impl WorkerProcess {
    pub(crate) fn start(command: &WorkerCommand) -> Result<Self, WorkerError> {
        let failed = |error: io::Error| WorkerError::Unavailable(error.to_string());
        let (stream, other) = UnixStream::pair().map_err(failed)?;
        let input = OwnedFd::from(other.try_clone().map_err(failed)?);
        let child = Command::new(&command.program)
            .args(&command.arguments)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::from(input))
            .stdout(Stdio::from(OwnedFd::from(other)))
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed)?;
        let sandbox = SandboxReport { seccomp: false, landlock: String::new() };
        let mut process = Self { child, stream, sandbox };
        let hello = read_head::<Hello>(&mut process.until(Instant::now() + START_TIME)).map_err(failed)?;
        let Some(hello) = hello else { return Err(WorkerError::Unavailable(process.end())) };
        process.sandbox = hello.sandbox;
        Ok(process)
    }

    fn until(&self, deadline: Instant) -> Timed<'_> {
        Timed { stream: &self.stream, deadline }
    }

    /// After an error other than one of the image, the process must be dropped.
    pub(crate) fn run(
        &mut self,
        job: &ImageJob,
        limits: &ImageLimits,
        time: Duration,
    ) -> Result<FinishedImage, WorkerError> {
        match self.exchange(job, limits, time) {
            Ok(Some((ResponseHead::Done { content_type, .. }, body))) => Ok(FinishedImage { content_type, body }),
            Ok(Some((ResponseHead::Refused(error), _))) => Err(error.into()),
            Ok(Some((ResponseHead::Panicked(text), _))) => Err(WorkerError::Crashed(format!("a panic: {text}"))),
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                Err(WorkerError::OutOfTime { seconds: time.as_secs() })
            }
            Ok(None) | Err(_) => Err(self.crashed(time)),
        }
    }

    fn exchange(
        &self,
        job: &ImageJob,
        limits: &ImageLimits,
        time: Duration,
    ) -> io::Result<Option<(ResponseHead, Vec<u8>)>> {
        let mut stream = self.until(Instant::now() + time);
        let watermarks = job.watermarks.iter().map(|(name, body)| (name.clone(), body.len() as u64)).collect();
        let head = RequestHead {
            plan: job.plan.to_string(),
            limits: limits.clone(),
            cpu_seconds: time.as_secs().max(1),
            source_bytes: job.source.len() as u64,
            watermarks,
        };
        write_head(&mut stream, &head)?;
        stream.write_all(&job.source)?;
        job.watermarks.values().try_for_each(|body| stream.write_all(body))?;
        let Some(head) = read_head::<ResponseHead>(&mut stream)? else { return Ok(None) };
        let body = match &head {
            ResponseHead::Done { bytes, .. } => read_body(&mut stream, *bytes)?,
            ResponseHead::Refused(_) | ResponseHead::Panicked(_) => Vec::new(),
        };
        Ok(Some((head, body)))
    }

    fn crashed(&mut self, time: Duration) -> WorkerError {
        let ending = self.end();
        if ending == signal_name(OUT_OF_CPU_TIME) {
            return WorkerError::OutOfTime { seconds: time.as_secs() };
        }
        WorkerError::Crashed(ending)
    }

    /// Ends the process, and tells how it has ended by itself, if it has.
    fn end(&mut self) -> String {
        // A process that has closed its socket is about to end by itself; its status tells why.
        let _ = self.child.kill();
        match self.child.wait() {
            Ok(status) => match (status.code(), status.signal()) {
                (_, Some(signal)) => signal_name(signal),
                (code, None) => format!("exit code {}", code.unwrap_or_default()),
            },
            Err(error) => error.to_string(),
        }
    }
}

fn signal_name(signal: i32) -> String {
    format!("signal {signal}")
}

impl Drop for WorkerProcess {
    fn drop(&mut self) {
        // Either fails only where the process has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A stream whose reads and writes end at a deadline.
struct Timed<'a> {
    stream: &'a UnixStream,
    deadline: Instant,
}

impl Timed<'_> {
    fn left(&self) -> io::Result<Option<Duration>> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(Some(left)) }
    }
}

/// A timeout of the socket shows as this kind.
fn timed_out(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::WouldBlock { io::ErrorKind::TimedOut.into() } else { error }
}

impl Read for Timed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(self.left()?)?;
        self.stream.read(buffer).map_err(timed_out)
    }
}

impl Write for Timed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(self.left()?)?;
        self.stream.write(bytes).map_err(timed_out)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
