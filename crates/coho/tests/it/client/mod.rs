//! The command line as a client of the OSS API: against the real server, and against a scripted one that misbehaves.

mod buckets;
mod copy;
mod generated;
mod hostile;
mod objects;
mod proxy;
mod resume;
mod settings;

use std::path::Path;
use std::process::{Command, Stdio};

use coho_testkit::{Credentials, Oss, Server};

use crate::fixture::{BINARY, server};

/// What a command has written, and how it ended.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Done {
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// A user with a home of their own, who knows a store by variables.
pub(crate) struct User {
    home: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

impl User {
    /// Knows no store.
    pub(crate) fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap(), variables: Vec::new() }
    }

    /// Knows this endpoint and key.
    pub(crate) fn of(endpoint: &str, credentials: &Credentials) -> Self {
        Self::new()
            .variable("OSS_ENDPOINT", endpoint)
            .variable("OSS_ACCESS_KEY_ID", &credentials.access_key_id)
            .variable("OSS_ACCESS_KEY_SECRET", &credentials.access_key_secret)
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// The command, in the user's home.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command.args(args);
        self.prepare(&mut command);
        command
    }

    /// Gives a command the user's environment and nothing else.
    pub(crate) fn prepare(&self, command: &mut Command) {
        command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.env("HOME", self.home()).envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.current_dir(self.home()).stdin(Stdio::null());
    }

    pub(crate) fn run(&self, args: &[&str]) -> Done {
        done(&mut self.command(args))
    }
}

pub(crate) fn done(command: &mut Command) -> Done {
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Done { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
}

/// A server, its owner, and the owner as a user of the command line.
pub(crate) fn store() -> (Server, Oss, User) {
    let (server, oss) = server();
    let user = User::of(&format!("http://{}", server.endpoint()), server.credentials());
    (server, oss, user)
}
