//! Where the console is, and that it does not delay the end of the store.

use super::{Browser, follow, server};
use crate::fixture::{BINARY, options};
use coho_testkit::Server;
use std::process::{Command, Stdio};

/// Success and both outputs of `coho console --print`.
fn print(server: &Server) -> (bool, String, String) {
    let data_dir = server.data_dir().to_str().unwrap();
    let output =
        Command::new(BINARY).args(["console", "--print", "--data-dir", data_dir]).stdin(Stdio::null()).output();
    let output = output.unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.success(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_command_shows_the_address_and_no_token() {
    let (mut server, _oss) = server();
    let address = format!("http://{}", server.console());
    assert_eq!(print(&server), (true, format!("{address}\n"), String::new()));
    server.restart_with(options()).unwrap();
    assert!(!server.introduction().iter().any(|line| line.contains("console")), "{:?}", server.introduction());
    let (shown, _, error) = print(&server);
    assert!(!shown && error.contains("the store has no console"), "{error}");
}

#[test]
fn an_open_event_stream_does_not_delay_the_end_of_the_store() {
    let (mut server, _oss) = server();
    let browser = Browser::sign_in(&server);
    let _stream = follow(&browser);
    server.terminate().unwrap();
}
