//! Heads of old origins: lines that nginx, curl and browsers read are dropped or repaired, and what says where a body ends, or which
//! bytes it is, is not guessed.

use coho_testkit::Script;
use coho_testkit::http::End;
use coho_testkit::oss::expect;

use super::operating::outcome;
use crate::fixture::{Mirror, expect_error};

const BODY: &str = "the body";
const TEXT: (&str, &str) = ("content-type", "text/plain");

/// The lines of a head that precede its type and its length.
fn script(lines: &str) -> Script {
    let head = format!("HTTP/1.1 200 OK\r\n{lines}Content-Type: text/plain\r\nContent-Length: 8\r\n\r\n");
    Script::raw(head, BODY)
}

#[test]
fn malformed_lines_that_other_clients_read_do_not_hide_the_object() {
    let mirror = Mirror::start();
    // Each with a header of the answer.
    let cases = [
        ("X-Trace: a\u{1}b\r\n", TEXT),
        ("X-Trace: a\u{7f}b\r\n", TEXT),
        ("Server: old\r\nPHP Warning: PHP Startup: Unable to load dynamic library in Unknown on line 0\r\n", TEXT),
        ("Warning without a colon\r\n", TEXT),
        ("HTTP/1.1 200 OK\r\n", TEXT),
        ("X-Powered-By : old\r\n", TEXT),
        ("Cache-Control : no-cache\r\n", ("cache-control", "no-cache")),
        ("X-Note: a\r\n b\r\n", TEXT),
        ("Cache-Control:\r\n\tno-cache\r\n", ("cache-control", "no-cache")),
        ("Old Server: 1\r\n", TEXT),
        (": no name\r\n", TEXT),
        ("Cache-Control: no\u{1}\r\nCache-Control: no-cache\r\n", ("cache-control", "no-cache")),
    ];
    for (number, (lines, (name, value))) in cases.iter().enumerate() {
        let key = number.to_string();
        mirror.origin.route(&format!("/old/{key}"), script(lines));
        for _ in 0..2 {
            let answer = mirror.get(&key);
            expect(200, &answer);
            assert_eq!((answer.get(name), &*answer.body, answer.end), (Some(*value), BODY.as_bytes(), End::Complete));
            mirror.server.wait_until_idle();
        }
        assert_eq!(mirror.origin.hits(&format!("/old/{key}")), 1, "it is stored: {lines:?}");
    }
    assert_eq!(outcome(&mirror, "malformed_head"), cases.len() as f64);
    let log = mirror.server.log();
    assert_eq!(log.matches("origin head has malformed lines").count(), 1, "one line in ten seconds");
}

#[test]
fn a_malformed_line_that_the_body_depends_on_is_a_failure() {
    let mirror = Mirror::start();
    for lines in [
        "Transfer-Encoding : chunked\r\n",
        "Transfer-Encoding: chunked\u{1}\r\n",
        "Transfer-Encoding\r\n",
        "Transfer-Encoding:\r\n chunked\r\n",
        "Content-Length : 4\r\n",
        "Content-Length: 4\u{7f}\r\n",
        " Content-Length: 4\r\n",
        "Content-Length: 4\r\n",
        "Content-Range: bytes 0-7/9\u{1}\r\n",
        "Content-Encoding: gzip\u{1}\r\n",
        "X-Null: a\u{0}b\r\n",
    ] {
        mirror.origin.route("/old/x", script(lines));
        let answer = mirror.get("x");
        expect_error(424, "MirrorFailed", &answer);
        assert_eq!(answer.error("EC").as_deref(), Some("0041-00000101"), "{lines:?}");
        mirror.assert_absent("x");
    }
    assert_eq!(outcome(&mirror, "malformed_head"), 0.0);
}
