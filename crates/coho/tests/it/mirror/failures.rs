//! An origin that fails or lies: 424 with OSS's words while nothing has been sent, a visibly broken
//! transfer afterwards, and in either case nothing stored.

use coho_testkit::body::generated;
use coho_testkit::http::End;
use coho_testkit::oss::expect;
use coho_testkit::{Fault, Origin, Oss, Script, Server};

use crate::fixture::{Mirror, SITE, expect_error, options};

/// A body that no buffer swallows whole.
const LARGE: u64 = 5_000_000;
/// A body that may be buffered.
const SMALL: u64 = 2_000;

const NOT_EQUAL: &str = "Bytes read is not equal to expected.";
const READ_FAILED: &str = "Read body from mirror host failed, please check your mirror host.";
const MIRROR_FAILED: &str = "Mirroring failed, please check your mirror configuration.";

fn status_message(status: u16) -> String {
    format!("Error status : {status} from mirror host, should return 200 OK")
}

/// One failing fetch: answered with 424 and one of these messages, or cut where bytes are out already. Then
/// nothing is stored, and with a healthy origin the next GET works.
#[track_caller]
fn check(script: Script, messages: &[&str]) {
    let mirror = Mirror::start();
    mirror.origin.route("/old/x", script.clone());
    let answer = mirror.get("x");
    if answer.status() == 200 {
        assert_ne!(answer.end, End::Complete, "a failed fetch looks whole: {script:?}");
        assert!(generated("x", LARGE as usize).starts_with(&answer.body), "invented bytes: {script:?}");
        assert!(script_can_begin(&script), "200 although the head was bad: {script:?}");
    } else {
        expect_error(424, "MirrorFailed", &answer);
        let message = answer.error("Message").unwrap_or_default();
        assert!(messages.contains(&message.as_str()), "{message:?} for {script:?}");
    }
    mirror.assert_absent("x");
    mirror.origin.route("/old/x", Script::ok("healthy"));
    let answer = mirror.get("x");
    expect(200, &answer);
    assert_eq!(answer.body, b"healthy");
    assert_eq!(mirror.keys(), ["x"]);
}

fn script_can_begin(script: &Script) -> bool {
    script.status_code() == 200
}

#[test]
fn a_status_that_is_neither_200_nor_404_is_mirror_failed() {
    for status in [400, 401, 403, 410, 416, 429, 500, 502, 503, 504] {
        check(Script::status(status), &[&status_message(status)]);
    }
}

#[test]
fn a_redirect_that_leads_nowhere_is_mirror_failed() {
    for status in [301, 302, 303, 307, 308] {
        check(Script::redirect(status, "/old/x"), &[MIRROR_FAILED]);
        check(Script::redirect(status, "ftp://elsewhere/"), &[&status_message(status)]);
    }
}

#[test]
fn a_partial_answer_to_a_full_request_is_not_taken_for_the_object() {
    check(Script::partial(b"01234", 100), &[&status_message(206), READ_FAILED, NOT_EQUAL]);
    // It says that it is the whole, and is not as long as that.
    let lie = || Script::answer(206, "01234").header("Content-Range", "bytes 0-9/10");
    for script in [lie(), lie().chunked(2)] {
        check(script, &[READ_FAILED, NOT_EQUAL]);
    }
    let mirror = Mirror::start();
    mirror.origin.route("/old/x", Script::partial(b"01234", 5).chunked(2));
    assert_eq!(mirror.get("x").body, b"01234", "one that is the whole is taken");
}

#[test]
fn trailing_data_is_an_error_also_on_a_connection_that_ends() {
    // What a reader may see before the end is the beginning of this body.
    for script in [Script::generated("x", 5), Script::generated("x", 5).chunked(2)] {
        check(script.closes().fault(Fault::Long { surplus_bytes: 5 }), &[READ_FAILED, NOT_EQUAL, MIRROR_FAILED]);
    }
}

#[test]
fn a_connection_that_ends_before_the_head_does_is_mirror_failed() {
    let messages = [status_message(0), READ_FAILED.to_owned(), MIRROR_FAILED.to_owned()];
    let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
    check(Script::ok("x").fault(Fault::CloseBeforeHead), &messages);
    check(Script::ok("x").fault(Fault::CutHead), &messages);
}

#[test]
fn an_origin_that_refuses_connections_is_status_0() {
    let mirror = Mirror::start();
    mirror.origin.stop();
    let answer = mirror.get("x");
    expect_error(424, "MirrorFailed", &answer);
    let message = answer.error("Message").unwrap_or_default();
    assert!([status_message(0).as_str(), MIRROR_FAILED].contains(&message.as_str()), "{message:?}");
    mirror.assert_absent("x");
}

#[test]
fn a_short_body_is_not_stored() {
    for len in [SMALL, LARGE] {
        for after_bytes in [0, len / 2, len - 1] {
            check(Script::generated("x", len).fault(Fault::Short { after_bytes }), &[NOT_EQUAL, READ_FAILED]);
        }
    }
}

#[test]
fn a_body_in_another_coding_than_chunks_has_no_end_of_its_own() {
    let unread = status_message(0);
    for coding in ["identity", "gzip", "chunked, gzip", "gzip, chunked", "xchunked", "chunked;q=1", ""] {
        let script = Script::generated("x", SMALL).until_close().header("Transfer-Encoding", coding);
        check(script, &[READ_FAILED, &unread]);
    }
}

#[test]
fn a_body_that_drips_is_given_up_after_the_total_time() {
    let origin = Origin::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("coho.toml");
    std::fs::write(&config, "[origin]\ntotal_timeout_ms = 300\n").unwrap();
    let options = options().flag("--config", config.display().to_string());
    let server = Server::start(options.flag("--mirror", format!("{SITE}={}", origin.url("/old/")))).unwrap();
    let mirror = Mirror { oss: Oss::new(&server), origin, server };
    // It would take an hour, and never stalls.
    let drip = Script::generated("x", LARGE).drip(1, std::time::Duration::from_millis(1));
    mirror.origin.route("/old/x", drip);
    let answer = mirror.get("x");
    assert!(answer.status() == 424 || answer.end != End::Complete, "{answer:?}");
    mirror.assert_absent("x");
}

#[test]
fn a_reset_is_not_stored() {
    for len in [SMALL, LARGE] {
        check(Script::generated("x", len).fault(Fault::Reset { after_bytes: len / 2 }), &[READ_FAILED, NOT_EQUAL]);
    }
}

#[test]
fn a_broken_chunk_is_not_stored() {
    for len in [SMALL, LARGE] {
        for fault in
            [Fault::BadChunk { after_bytes: len / 2 }, Fault::CutChunk { after_bytes: len / 2 }, Fault::NoLastChunk]
        {
            check(Script::generated("x", len).chunked(500).fault(fault), &[READ_FAILED, NOT_EQUAL]);
        }
    }
}

#[test]
fn surplus_bytes_are_not_part_of_any_object() {
    let mirror = Mirror::start();
    mirror.origin.route("/old/x", Script::generated("x", SMALL).fault(Fault::Long { surplus_bytes: 50 }));
    mirror.origin.route("/old/y", Script::ok("y"));
    let answer = mirror.get("x");
    // The trailing data came with the body or after it: known in time or not.
    if answer.status() == 200 {
        assert_eq!((answer.end, &answer.body), (End::Complete, &generated("x", SMALL as usize)));
    } else {
        expect_error(424, "MirrorFailed", &answer);
        assert_eq!(answer.error("Message").as_deref(), Some(READ_FAILED));
        mirror.assert_absent("x");
    }
    // The surplus must not be read as the beginning of the next answer.
    assert_eq!(mirror.get("y").body, b"y");
}

#[test]
fn a_stalled_head_is_mirror_failed_after_the_origin_timeout() {
    let messages = [status_message(0), READ_FAILED.to_owned(), MIRROR_FAILED.to_owned()];
    let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
    check(Script::ok("x").gated_head(), &messages);
}

#[test]
fn a_stalled_body_is_given_up_and_not_stored() {
    check(Script::generated("x", LARGE).gated_body(LARGE / 2), &[READ_FAILED]);
}
