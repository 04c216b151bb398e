//! The server binary as a fixture: started on free ports with a data folder of its own, stopped by its
//! process id however the test ends. What the process says on stdout is its contract with tools
//! (`endpoint`, `admin`, `ready`), so the fixture reads that and nothing else; stderr goes to a file that
//! is shown when something fails.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

use crate::events::{Event, Events};

/// How long a start may take until `ready`, on a busy machine.
pub const START_LIMIT: Duration = Duration::from_secs(30);
/// How long the server may take to drain after SIGTERM: its own promise.
pub const STOP_LIMIT: Duration = Duration::from_secs(10);
/// Bytes of the log shown with a failure.
const LOG_TAIL_BYTES: usize = 8 * 1024;

/// A key pair of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The public half.
    pub access_key_id: String,
    /// The secret half.
    pub access_key_secret: String,
    /// A token for temporary credentials.
    pub security_token: Option<String>,
}

impl Credentials {
    /// A pair without a token.
    #[must_use]
    pub fn new(access_key_id: &str, access_key_secret: &str) -> Self {
        Self {
            access_key_id: access_key_id.to_owned(),
            access_key_secret: access_key_secret.to_owned(),
            security_token: None,
        }
    }
}

/// How to start the server.
#[derive(Debug, Clone)]
pub struct Options {
    binary: PathBuf,
    data_dir: Option<PathBuf>,
    credentials: Option<Credentials>,
    /// Whether there is a console.
    console: bool,
    args: Vec<String>,
    env: Vec<(String, String)>,
}

impl Options {
    /// The binary with a fresh data folder, fixed credentials and nothing else.
    #[must_use]
    pub fn new(binary: impl Into<PathBuf>) -> Self {
        Self {
            binary: binary.into(),
            data_dir: None,
            credentials: Some(Credentials::new("testkey", "testsecret0123456789")),
            console: false,
            args: Vec::new(),
            env: Vec::new(),
        }
    }

    /// Adds an argument of `coho serve`.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<String>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Adds a flag with its value.
    #[must_use]
    pub fn flag(self, flag: &str, value: impl Into<String>) -> Self {
        self.arg(flag).arg(value)
    }

    /// Adds a variable of the environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Uses this data folder and does not remove it.
    #[must_use]
    pub fn data_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.data_dir = Some(dir.into());
        self
    }

    /// Lets the server have a console.
    #[must_use]
    pub fn console(mut self) -> Self {
        self.console = true;
        self
    }

    /// Lets the server make its own credentials.
    #[must_use]
    pub fn generated_credentials(mut self) -> Self {
        self.credentials = None;
        self
    }

    /// The command, ready to be spawned.
    fn command(&self, data_dir: &Path) -> Command {
        let mut command = Command::new(&self.binary);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("COHO_") {
                command.env_remove(name);
            }
        }
        command.arg("serve").arg("--data-dir").arg(data_dir);
        let console = if self.console { "127.0.0.1:0" } else { "off" };
        command.args(["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--console-listen", console]);
        command.args(&self.args);
        if let Some(credentials) = &self.credentials {
            command.env("COHO_ACCESS_KEY_ID", &credentials.access_key_id);
            command.env("COHO_ACCESS_KEY_SECRET", &credentials.access_key_secret);
        }
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        command
    }
}

/// A running server. Dropping it kills the process and removes a data folder the fixture made.
#[derive(Debug)]
pub struct Server {
    options: Options,
    data_dir: PathBuf,
    log: PathBuf,
    running: Option<Running>,
    _work: TempDir,
}

#[derive(Debug)]
struct Running {
    child: Child,
    lines: Receiver<String>,
    endpoint: SocketAddr,
    admin: SocketAddr,
    introduction: Vec<String>,
    /// None where the stand-in of a test has no event stream.
    events: Option<Events>,
}

impl Server {
    /// Starts the server and waits until it says `ready`.
    ///
    /// # Errors
    /// When it cannot be spawned, exits, or is not ready within [`START_LIMIT`]; the log's tail is in the text.
    pub fn start(options: Options) -> Result<Self> {
        let work = TempDir::with_prefix("coho-test-").context("no temporary folder")?;
        let data_dir = options.data_dir.clone().unwrap_or_else(|| work.path().join("data"));
        let log = work.path().join("stderr.log");
        let mut server = Self { options, data_dir, log, running: None, _work: work };
        server.spawn()?;
        Ok(server)
    }

    /// Where the object service listens.
    ///
    /// # Panics
    /// When the server is not running.
    #[must_use]
    pub fn endpoint(&self) -> SocketAddr {
        self.running().endpoint
    }

    /// Where the admin service listens.
    ///
    /// # Panics
    /// When the server is not running.
    #[must_use]
    pub fn admin(&self) -> SocketAddr {
        self.running().admin
    }

    /// Where the console listens.
    ///
    /// # Panics
    /// When the server is not running, or has no console.
    #[must_use]
    pub fn console(&self) -> SocketAddr {
        address_after(self.introduction(), "console").expect("the test asked for a console")
    }

    /// The data folder.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// The fixed credentials.
    ///
    /// # Panics
    /// When the server makes its own.
    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        self.options.credentials.as_ref().expect("the test asked for generated credentials")
    }

    /// The process id.
    ///
    /// # Panics
    /// When the server is not running.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.running().child.id()
    }

    /// All that the server wrote to stderr so far. Only [`Server::whole_log`] shows that it has not logged something.
    #[must_use]
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// The lines on standard output before `ready`.
    ///
    /// # Panics
    /// When the server is not running.
    #[must_use]
    pub fn introduction(&self) -> &[String] {
        &self.running().introduction
    }

    /// The token of the admin address.
    ///
    /// # Panics
    /// When `admin.json` cannot be read.
    #[must_use]
    pub fn admin_token(&self) -> String {
        admin_token(&self.data_dir).expect("a started server has its admin.json")
    }

    /// The events of this run of the server, from its start on.
    ///
    /// # Panics
    /// When the server is not running, or sends none.
    #[must_use]
    pub fn events(&self) -> &Events {
        self.running().events.as_ref().expect("the server has an event stream")
    }

    /// Waits for the first event of this name about this object since the server started.
    ///
    /// # Panics
    /// When it does not come.
    #[track_caller]
    pub fn wait_for(&self, name: &str, bucket: &str, key: &str) -> Event {
        self.events().wait_for(&format!("{name} of {bucket}/{key}"), |event| event.is(name, bucket, key))
    }

    /// Waits until every fill has ended and every published object is durable, up to this moment. Readers do not wait for
    /// that, so a listing right after them may come before it.
    ///
    /// # Panics
    /// When one takes longer than [`crate::events::EVENT_LIMIT`].
    #[track_caller]
    pub fn wait_until_idle(&self) {
        self.events().wait_until_idle();
    }

    /// Waits until the log has this text, without an event for it.
    ///
    /// # Panics
    /// When it does not come.
    #[track_caller]
    pub fn wait_for_log(&self, text: &str) {
        let deadline = Instant::now() + START_LIMIT;
        while !self.log().contains(text) {
            assert!(Instant::now() < deadline, "the log never says {text:?}: {}", self.log());
            thread::yield_now();
        }
    }

    /// Kills the process without a warning, as `kill -9` does, and waits until it is gone.
    ///
    /// # Errors
    /// When it was not running.
    pub fn kill9(&mut self) -> Result<()> {
        let mut running = self.running.take().context("the server is not running")?;
        running.child.kill()?;
        running.child.wait()?;
        Ok(())
    }

    /// Sends a signal (`TERM`, `INT`) without waiting for anything.
    ///
    /// # Errors
    /// When the server is not running or the signal cannot be sent.
    pub fn signal(&self, name: &str) -> Result<()> {
        let running = self.running.as_ref().context("the server is not running")?;
        // Not reaped yet, so the id is still this process's.
        let status = Command::new("kill").arg(format!("-{name}")).arg(running.child.id().to_string()).status()?;
        ensure!(status.success(), "kill says {status}");
        Ok(())
    }

    /// Waits until the process is gone.
    ///
    /// # Errors
    /// When it is still there after [`STOP_LIMIT`].
    pub fn wait_for_exit(&mut self) -> Result<ExitStatus> {
        let running = self.running.as_mut().context("the server is not running")?;
        let deadline = Instant::now() + STOP_LIMIT;
        loop {
            // The end of stdout is the end of the process: it has no children that could hold it open.
            match running.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => bail!("still running after {STOP_LIMIT:?}\n{}", self.log_tail()),
            }
        }
        let status = running.child.wait()?;
        self.running = None;
        Ok(status)
    }

    /// SIGTERM, then waits: the server must exit with 0 within [`STOP_LIMIT`].
    ///
    /// # Errors
    /// When it does not.
    pub fn terminate(&mut self) -> Result<()> {
        self.signal("TERM")?;
        let status = self.wait_for_exit()?;
        ensure!(status.success(), "exit after SIGTERM: {status}\n{}", self.log_tail());
        Ok(())
    }

    /// Stops the server as [`Server::terminate`] does, and gives its whole log. What is not in it was never logged: while the
    /// server runs, lines may still be on their way to the file.
    ///
    /// # Errors
    /// As [`Server::terminate`].
    pub fn whole_log(&mut self) -> Result<String> {
        self.terminate()?;
        Ok(self.log())
    }

    /// Starts the server again on the same data folder (its ports are new ones), after a kill if it runs.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn restart(&mut self) -> Result<()> {
        if self.running.is_some() {
            self.kill9()?;
        }
        self.spawn()
    }

    /// As [`Server::restart`] with other options; the data folder stays.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn restart_with(&mut self, options: Options) -> Result<()> {
        self.options = options;
        self.restart()
    }

    fn running(&self) -> &Running {
        self.running.as_ref().expect("the test uses a server that it stopped")
    }

    fn spawn(&mut self) -> Result<()> {
        let log = File::options().create(true).append(true).open(&self.log)?;
        let mut child = self.options.command(&self.data_dir).stderr(log).spawn().context("cannot start the server")?;
        let stdout = child.stdout.take().context("stdout is piped")?;
        let lines = read_lines(stdout);
        match wait_until_ready(&lines) {
            Ok(Ready { introduction, endpoint, admin }) => {
                let events = admin_token(&self.data_dir).and_then(|token| Events::follow(admin, &token)).ok();
                self.running = Some(Running { child, lines, endpoint, admin, introduction, events });
                Ok(())
            }
            Err(error) => {
                let _ = child.kill();
                let status = child.wait()?;
                Err(error.context(format!("not started ({status})\n{}", self.log_tail())))
            }
        }
    }

    fn log_tail(&self) -> String {
        let log = self.log();
        let start = (log.len().saturating_sub(LOG_TAIL_BYTES)..).find(|&at| log.is_char_boundary(at));
        log[start.unwrap_or_default()..].to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.running.is_some() {
            let _ = self.kill9();
        }
        if thread::panicking() {
            #[expect(clippy::print_stderr, reason = "the log of the server explains the failed test")]
            {
                eprintln!("--- server log\n{}", self.log_tail());
            }
        }
    }
}

fn admin_token(data_dir: &Path) -> Result<String> {
    let file: serde_json::Value = serde_json::from_str(&fs::read_to_string(data_dir.join("admin.json"))?)?;
    Ok(file["token"].as_str().context("admin.json has no token")?.to_owned())
}

fn read_lines(stdout: ChildStdout) -> Receiver<String> {
    let (send, lines) = channel();
    thread::spawn(move || {
        // Reads to the end also without a receiver, so that the server never writes into a full pipe.
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            let _ = send.send(line);
        }
    });
    lines
}

/// What a server says on its standard output until it is ready.
struct Ready {
    introduction: Vec<String>,
    endpoint: SocketAddr,
    admin: SocketAddr,
}

fn wait_until_ready(lines: &Receiver<String>) -> Result<Ready> {
    let deadline = Instant::now() + START_LIMIT;
    let mut seen = Vec::new();
    loop {
        let line = match lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(line) => line,
            Err(error) => bail!("no `ready` on stdout ({error}); it said {seen:?}"),
        };
        if line.trim() == "ready" {
            let (endpoint, admin) = (address_after(&seen, "endpoint")?, address_after(&seen, "admin")?);
            return Ok(Ready { introduction: seen, endpoint, admin });
        }
        seen.push(line);
    }
}

/// The address in the first line `  <label>   http://ADDRESS`.
fn address_after(lines: &[String], label: &str) -> Result<SocketAddr> {
    let url = lines.iter().find_map(|line| line.trim().strip_prefix(label)).map(str::trim);
    let url = url.with_context(|| format!("no line `{label}` in {lines:?}"))?;
    let address = url.strip_prefix("http://").unwrap_or(url).trim_end_matches('/');
    address.parse().with_context(|| format!("{label} is {url:?}, not an address"))
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, PoisonError};
    use std::time::Instant;

    use super::{Options, Server};

    /// A stand-in that keeps the same contract on stdout.
    fn stand_in(body: &str) -> (tempfile::TempDir, Options) {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("stand-in");
        std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        (dir, Options::new(path))
    }

    /// An executable that is being written must not be inherited by another test's child.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

    const SAYS_READY: &str =
        "echo '  endpoint     http://127.0.0.1:1'; echo '  admin        http://127.0.0.1:2'; echo ready;";

    #[test]
    fn a_server_that_says_ready_is_used_and_stopped() {
        let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let (_dir, options) = stand_in(&format!("trap 'exit 0' TERM; {SAYS_READY} while :; do :; done"));
        let mut server = Server::start(options).unwrap();
        assert_eq!((server.endpoint().port(), server.admin().port()), (1, 2));
        server.terminate().unwrap();
        server.restart().unwrap();
        server.kill9().unwrap();
        assert!(server.kill9().is_err());
    }

    #[test]
    fn a_server_that_exits_is_reported_with_its_log_and_at_once() {
        let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let (_dir, options) = stand_in("echo 'port taken' >&2; exit 3");
        let started = Instant::now();
        let error = format!("{:#}", Server::start(options).unwrap_err());
        assert!(error.contains("port taken") && error.contains('3'), "{error}");
        assert!(started.elapsed() < super::START_LIMIT);
    }

    #[test]
    fn a_non_zero_exit_after_sigterm_is_a_failure() {
        let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let (_dir, options) = stand_in(&format!("trap 'exit 5' TERM; {SAYS_READY} while :; do :; done"));
        let mut server = Server::start(options).unwrap();
        assert!(server.terminate().unwrap_err().to_string().contains("5"));
    }
}
