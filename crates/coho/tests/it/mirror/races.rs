//! A write that comes while a fetch runs is later than the fetch, so it wins: a PUT, a DELETE of a key that
//! was never there, and the end of the whole bucket.

use std::thread::JoinHandle;

use coho_testkit::body::generated;
use coho_testkit::http::{Client, End, Request, Response, exchange};
use coho_testkit::oss::expect;
use coho_testkit::{Oss, Script};

use crate::fixture::{Mirror, SITE, mirror_rule};

const LEN: u64 = 4_000_000;
const BEFORE_GATE: u64 = 1_000_000;

/// A fill that is under way: the origin waits, one reader has the first bytes.
struct Running {
    mirror: Mirror,
    reader: Client,
}

impl Running {
    fn start(script: Script) -> Self {
        let mirror = Mirror::start();
        mirror.origin.route("/old/k", script);
        let mut reader = Client::connect(mirror.address()).unwrap();
        let host = mirror.address().to_string();
        reader.send(&Request::new("GET", &format!("/{SITE}/k")).header("Host", &host)).unwrap();
        mirror.origin.wait_for_hits("/old/k", 1);
        Self { mirror, reader }
    }

    fn large() -> Self {
        Self::start(Script::generated("x", LEN).gated_body(BEFORE_GATE))
    }

    /// A fill so small that it may be stored inline.
    fn small() -> Self {
        Self::start(Script::generated("x", 100).gated_body(50))
    }

    /// Lets the origin go on and restarts the server gracefully, so that a commit that was going to happen
    /// has happened. The reader must have got whole or visibly broken data, never a mixture.
    fn finish(mut self) -> Mirror {
        self.mirror.origin.release("/old/k");
        if let Ok(answer) = self.reader.read_response(false)
            && answer.status() == 200
        {
            let whole = generated("x", answer.head.content_length().unwrap_or(LEN) as usize);
            match answer.end {
                End::Complete => assert!(answer.body == whole, "the reader got a mixture"),
                End::Cut | End::TimedOut => assert!(whole.starts_with(&answer.body), "the reader got a mixture"),
            }
        }
        self.mirror.origin.wait_for_finished("/old/k", 1);
        self.mirror.server.terminate().unwrap();
        self.mirror.server.restart().unwrap();
        self.mirror.oss = Oss::new(&self.mirror.server);
        self.mirror
    }
}

fn both() -> [Running; 2] {
    [Running::large(), Running::small()]
}

#[test]
fn a_put_during_the_fetch_wins() {
    for running in both() {
        running.mirror.oss.put(SITE, "k", b"put");
        assert_eq!(running.mirror.get("k").body, b"put", "an acknowledged write is visible at once");
        let mirror = running.finish();
        let answer = mirror.get("k");
        assert_eq!((answer.body.as_slice(), answer.get("x-oss-tag")), (b"put".as_slice(), None), "{answer:?}");
        assert_eq!(mirror.origin.hits("/old/k"), 1);
    }
}

#[test]
fn a_delete_during_the_fetch_wins() {
    for running in both() {
        running.mirror.oss.delete(SITE, "k");
        let mirror = running.finish();
        mirror.assert_absent("k");
        mirror.origin.route("/old/k", Script::ok("anew"));
        assert_eq!(mirror.get("k").body, b"anew");
        assert_eq!(mirror.origin.hits("/old/k"), 2);
    }
}

#[test]
fn a_put_and_a_delete_during_the_fetch_leave_nothing() {
    for running in both() {
        running.mirror.oss.put(SITE, "k", b"put");
        running.mirror.oss.delete(SITE, "k");
        running.finish().assert_absent("k");
    }
}

#[test]
fn a_multiple_delete_during_the_fetch_wins() {
    for running in both() {
        let body = "<Delete><Quiet>true</Quiet><Object><Key>k</Key></Object></Delete>";
        let request = running.mirror.oss.request("POST", &format!("/{SITE}/?delete")).body(body);
        expect(200, &running.mirror.oss.call(request));
        running.finish().assert_absent("k");
    }
}

#[test]
fn a_bucket_deleted_and_made_again_during_the_fetch_stays_empty() {
    for running in both() {
        let oss = &running.mirror.oss;
        expect(204, &oss.call(oss.request("DELETE", &format!("/{SITE}/"))));
        oss.put_bucket(SITE, "public-read");
        let mirror = running.finish();
        mirror.assert_absent("k");
        assert_eq!(mirror.keys(), Vec::<String>::new());
    }
}

#[test]
fn a_rule_changed_during_the_fetch_counts_for_the_next_request_and_does_not_harm_its_readers() {
    for running in both() {
        let oss = running.mirror.oss.clone();
        let origin = &running.mirror.origin;
        origin.route("/other/k", Script::ok("of the new rule"));
        expect(200, &oss.put_website(SITE, &mirror_rule("", &origin.url("/other/"))));
        let answer = running.mirror.get("k");
        assert_eq!(answer.body, b"of the new rule", "{answer:?}");
        let mirror = running.finish();
        assert_eq!(mirror.get("k").body, b"of the new rule", "it is what is stored");
        assert_eq!((mirror.origin.hits("/old/k"), mirror.origin.hits("/other/k")), (1, 1));
    }
}

/// A request that waits for the entity tag does not get 404 because a newer rule stores another object.
#[test]
fn a_condition_is_answered_also_if_a_changed_rule_stores_instead() {
    for running in both() {
        let (address, origin) = (running.mirror.address(), &running.mirror.origin);
        let request = Request::new("GET", &format!("/{SITE}/k")).header("Host", &address.to_string());
        let conditional = request.clone().header("If-None-Match", "\"none\"");
        let conditional = std::thread::spawn(move || exchange(address, &conditional).unwrap());
        running.mirror.wait_until_joined();
        origin.route("/other/k", Script::ok("of the new rule").gated_head());
        expect(200, &running.mirror.oss.put_website(SITE, &mirror_rule("", &origin.url("/other/"))));
        let newer = std::thread::spawn(move || exchange(address, &request).unwrap());
        origin.wait_for_hits("/other/k", 1);
        origin.release("/old/k");
        let answer = conditional.join().unwrap();
        assert!(answer.status() == 200 && generated("x", LEN as usize).starts_with(&answer.body), "{answer:?}");
        origin.release("/other/k");
        assert_eq!(newer.join().unwrap().body, b"of the new rule");
        let mirror = running.finish();
        assert_eq!(mirror.get("k").body, b"of the new rule", "it is what is stored");
    }
}

/// A fetch whose origin has not answered yet, and how to ask for its object.
fn waiting(script: Script) -> (Mirror, impl Fn(&str) -> JoinHandle<Response>) {
    let mirror = Mirror::start();
    let rule = mirror_rule("", &mirror.origin.url("/old/"))
        .replace("</MirrorURL>", "</MirrorURL><MirrorAllowHeadObject>true</MirrorAllowHeadObject>");
    expect(200, &mirror.oss.put_website(SITE, &rule));
    mirror.origin.route("/old/k", script.gated_head());
    let address = mirror.address();
    let ask = move |method: &str| {
        let request = Request::new(method, &format!("/{SITE}/k")).header("Host", &address.to_string());
        std::thread::spawn(move || exchange(address, &request).unwrap())
    };
    (mirror, ask)
}

/// Objects that are known in one piece, by their length, and by their end alone.
fn scripts() -> [Script; 3] {
    [Script::generated("x", 100), Script::generated("x", LEN), Script::generated("x", 100).chunked(10)]
}

/// A request that waited for the fetch was judged before the object of another client existed.
#[test]
fn a_private_object_written_during_the_fetch_is_not_shown_to_a_request_that_waited() {
    const WRITTEN: &str = "of a client";
    for script in scripts() {
        for (acl, status) in [("private", 403), ("public-read", 200)] {
            let (mirror, ask) = waiting(script.clone());
            let head = ask("HEAD");
            mirror.origin.wait_for_hits("/old/k", 1);
            let get = ask("GET");
            mirror.wait_until_joined();
            let put = mirror.oss.request("PUT", &format!("/{SITE}/k")).header("x-oss-object-acl", acl);
            expect(200, &mirror.oss.call(put.body(WRITTEN)));
            mirror.origin.release("/old/k");
            let (head, get) = (head.join().unwrap(), get.join().unwrap());
            assert_eq!(head.status(), status, "{acl}: {head:?}");
            let written = WRITTEN.len().to_string();
            assert_eq!(head.get("content-length") == Some(&*written), status == 200, "{acl}: {head:?}");
            // A GET follows the fetch: these are the origin's bytes.
            assert_eq!(get.status(), 200, "{acl}: {get:?}");
            assert!(generated("x", get.body.len()) == get.body && !get.body.is_empty(), "{acl}");
            assert_eq!(mirror.oss.get(SITE, "k").text(), WRITTEN);
        }
    }
}

#[test]
fn a_link_written_during_the_fetch_is_judged_before_its_target() {
    const TARGET: &str = "of the target";
    for script in scripts() {
        for (acl, target, status) in [
            ("private", "missing", 403),
            ("private", "open", 403),
            ("public-read", "missing", 404),
            ("public-read", "closed", 403),
            ("public-read", "open", 200),
        ] {
            let (mirror, ask) = waiting(script.clone());
            for (key, acl) in [("open", "public-read"), ("closed", "private")] {
                let put = mirror.oss.request("PUT", &format!("/{SITE}/{key}")).header("x-oss-object-acl", acl);
                expect(200, &mirror.oss.call(put.body(TARGET)));
            }
            let head = ask("HEAD");
            mirror.origin.wait_for_hits("/old/k", 1);
            let link = mirror.oss.request("PUT", &format!("/{SITE}/k?symlink")).header("x-oss-symlink-target", target);
            expect(200, &mirror.oss.call(link.header("x-oss-object-acl", acl).body("")));
            mirror.origin.release("/old/k");
            let head = head.join().unwrap();
            assert_eq!(head.status(), status, "{acl} link to {target}: {head:?}");
            let length = TARGET.len().to_string();
            assert_eq!(head.get("content-length") == Some(&*length), status == 200, "{acl} link to {target}: {head:?}");
        }
    }
}
