//! An interrupted body is resumed without its readers noticing; or it breaks visibly, and nothing is stored.

use coho_testkit::Script;
use coho_testkit::body::generated;
use coho_testkit::http::{End, Request, exchange};
use coho_testkit::oss::expect;

use crate::fixture::Mirror;

const LENGTH: u64 = 1_000_000;

fn script() -> Script {
    Script::generated("x", LENGTH).header("ETag", "\"v1\"").ranges()
}

#[test]
fn an_interrupted_body_is_resumed_where_it_broke() {
    // From "in the first piece" to "before the last byte"; the smallest needs all the tries there are.
    for cut in [112_000, 130_001, 262_144, 333_333, 500_000, 999_999] {
        let mirror = Mirror::start();
        mirror.origin.route("/old/x", script().cut_each(cut));
        let answer = mirror.get("x");
        expect(200, &answer);
        assert_eq!(answer.end, End::Complete, "cut after {cut}");
        assert!(answer.body == generated("x", LENGTH as usize), "cut after {cut}: other bytes");
        assert_eq!(mirror.keys(), ["x"]);
        assert!(mirror.get("x").body == generated("x", LENGTH as usize), "cut after {cut}: stored other bytes");
        let requests = mirror.origin.requests();
        assert_eq!(requests.len() as u64, LENGTH.div_ceil(cut), "cut after {cut}");
        for (at, request) in requests.iter().enumerate().skip(1) {
            // Every byte is fetched once.
            assert_eq!(request.header("range"), Some(&*format!("bytes={}-", at as u64 * cut)));
            assert_eq!(request.header("if-range"), Some("\"v1\""));
        }
    }
}

#[test]
fn a_body_that_cannot_be_resumed_breaks_visibly_and_is_not_stored() {
    let cut = 400_000;
    for (what, first, then) in [
        ("no validator", Script::generated("x", LENGTH).ranges().cut_each(cut), None),
        ("a weak tag", Script::generated("x", LENGTH).header("ETag", "W/\"v1\"").ranges().cut_each(cut), None),
        ("an origin without ranges", Script::generated("x", LENGTH).header("ETag", "\"v1\"").cut_each(cut), None),
        ("too many breaks", script().cut_each(50_000), None),
        ("another version", script().gated_body(cut).cut_each(cut), Some(("\"v2\"", script()))),
    ] {
        let mirror = Mirror::start();
        mirror.origin.route("/old/x", first);
        let answer = std::thread::scope(|scope| {
            let address = mirror.address();
            let request = Request::new("GET", "/site/x").header("Host", &address.to_string());
            let reader = scope.spawn(move || exchange(address, &request).unwrap());
            if let Some((etag, _)) = &then {
                mirror.origin.wait_for_hits("/old/x", 1);
                // The gate of the first script opens when another takes its place.
                let changed = Script::generated("y", LENGTH).header("ETag", etag).ranges();
                mirror.origin.route("/old/x", changed);
            }
            reader.join().unwrap()
        });
        assert!(answer.status() == 424 || answer.end != End::Complete, "{what} looks whole: {}", answer.status());
        if answer.status() == 200 {
            assert!(generated("x", LENGTH as usize).starts_with(&answer.body), "{what}: invented bytes");
        }
        mirror.assert_absent("x");
    }
}

/// A number from a seed, below `limit`.
fn random(seed: &mut u64, limit: u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) % limit
}

/// As when an origin is killed and started again, at 50 times one to four random points.
#[test]
fn a_body_interrupted_at_any_offset_is_whole_in_the_end() {
    const SIZE: u64 = 4_000_000;
    let mirror = Mirror::start();
    let whole = generated("x", SIZE as usize);
    let mut seed = 20_261_127;
    for run in 0..50 {
        let path = format!("/old/{run}");
        // The body breaks off at most four times.
        let cut = SIZE / 5 + 1 + random(&mut seed, SIZE - SIZE / 5 - 1);
        let script = Script::generated("x", SIZE).header("ETag", "\"v1\"").ranges().cut_each(cut);
        let script = if random(&mut seed, 2) == 0 {
            script.drip(16 * 1024 + random(&mut seed, 300_000) as usize, std::time::Duration::ZERO)
        } else {
            script
        };
        mirror.origin.route(&path, script);
        let answer = mirror.get(&run.to_string());
        expect(200, &answer);
        assert!(answer.end == End::Complete && answer.body == whole, "run {run}, cut after {cut}");
        assert!(mirror.get(&run.to_string()).body == whole, "run {run}, cut after {cut}: stored other bytes");
        assert_eq!(mirror.origin.hits(&path) as u64, SIZE.div_ceil(cut), "run {run}, cut after {cut}");
    }
    mirror.server.wait_until_idle();
    let address = mirror.server.admin();
    let page = exchange(address, &Request::new("GET", "/-/metrics").header("Host", "localhost")).unwrap().text();
    let bytes =
        page.lines().find(|line| line.starts_with("coho_mirror_origin_bytes_total") && line.contains("rule=\"1\""));
    assert_eq!(
        bytes.and_then(|line| line.rsplit(' ').next()),
        Some(&*(50 * SIZE).to_string()),
        "every byte is fetched once"
    );
}

#[test]
fn the_rest_can_come_from_the_standby_and_a_date_can_tell_versions_apart() {
    let (mirror, other) = (Mirror::start(), coho_testkit::Origin::start().unwrap());
    let rule = format!(
        "<WebsiteConfiguration><RoutingRules><RoutingRule><RuleNumber>1</RuleNumber><Condition/><Redirect>\
         <RedirectType>Mirror</RedirectType><MirrorURL>{}</MirrorURL><MirrorURLSlave>{}</MirrorURLSlave>\
         </Redirect></RoutingRule></RoutingRules></WebsiteConfiguration>",
        mirror.origin.url("/old/"),
        mirror.origin.url("/standby/"),
    );
    expect(200, &mirror.oss.put_website(crate::fixture::SITE, &rule));
    drop(other);
    let dated = |script: Script| {
        script.header("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT").header("Date", "Thu, 01 Jan 2026 00:01:00 GMT")
    };
    let whole = generated("x", LENGTH as usize);
    // The primary breaks off and has no ranges; the standby has, and the same tag.
    mirror.origin.route("/old/a", Script::generated("x", LENGTH).header("ETag", "\"v1\"").cut_each(400_000));
    mirror.origin.route("/standby/a", script());
    assert!(mirror.get("a").body == whole);
    assert_eq!(mirror.origin.hits("/standby/a"), 1);
    // Another version there: broken visibly.
    mirror.origin.route("/old/b", Script::generated("x", LENGTH).header("ETag", "\"v1\"").cut_each(400_000));
    mirror.origin.route("/standby/b", Script::generated("x", LENGTH).header("ETag", "\"v2\"").ranges());
    let answer = mirror.get("b");
    assert!(answer.end != End::Complete && whole.starts_with(&answer.body));
    mirror.assert_absent("b");
    mirror.origin.route("/old/c", dated(Script::generated("x", LENGTH)).ranges().cut_each(400_000));
    assert!(mirror.get("c").body == whole);
    let requests = mirror.origin.requests();
    let resumed = requests.iter().filter(|request| request.path() == "/old/c" && request.header("range").is_some());
    for request in resumed {
        assert_eq!(request.header("if-range"), Some("Thu, 01 Jan 2026 00:00:00 GMT"));
    }
}

/// The beginning comes in chunks and without a length, or with one, and breaks off; what claims to be the rest is not all of
/// it, or of another version.
#[test]
fn what_is_not_the_rest_of_the_same_version_is_not_taken_for_it() {
    const CUT: u64 = 400_000;
    const DATE: (&str, &str) = ("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT");
    const NEWER: (&str, &str) = ("Last-Modified", "Thu, 01 Jan 2026 00:00:01 GMT");
    const TAG: (&str, &str) = ("ETag", "\"v1\"");
    let whole = generated("x", LENGTH as usize);
    let all = format!("bytes {CUT}-{}/{LENGTH}", LENGTH - 1);
    let rest =
        |count: usize, range: &str| Script::answer(206, &whole[CUT as usize..][..count]).header("Content-Range", range);
    let left = (LENGTH - CUT) as usize;
    let long = || Script::answer(206, [&whole[CUT as usize..], b"12345"].concat()).header("Content-Range", &all);
    let tagged = |script: Script| script.header(TAG.0, TAG.1);
    let dated = |script: Script, (name, value): (&str, &str)| {
        script.header(name, value).header("Date", "Thu, 01 Jan 2026 00:01:00 GMT")
    };
    let compressed = || tagged(rest(left, &all)).header("Content-Encoding", "gzip");
    for (what, first, then) in [
        (
            "a part, of an unknown whole",
            &tagged as &dyn Fn(Script) -> Script,
            tagged(rest(1000, "bytes 400000-400999/*")),
        ),
        ("a length that is not the range's", &tagged, tagged(rest(1000, &all))),
        ("chunks that end early", &tagged, tagged(rest(1000, &all)).chunked(500)),
        ("chunks that end late", &tagged, tagged(long()).chunked(10_000)),
        ("no end but the connection's", &tagged, tagged(rest(1000, &all)).until_close()),
        ("another coding", &tagged, compressed()),
        ("no tag", &tagged, rest(left, &all)),
        ("no tag, and another date", &tagged, dated(rest(left, &all), NEWER)),
        ("another date", &|script| dated(script, DATE), dated(rest(left, &all), NEWER)),
        ("no date", &|script| dated(script, DATE), rest(left, &all)),
    ] {
        for chunked in [true, false] {
            let mirror = Mirror::start();
            let script = first(Script::generated("x", LENGTH)).cut_each(CUT);
            let script = if chunked { script.chunked(50_000) } else { script };
            mirror.origin.route("/old/x", script.ranged(then.clone()));
            let answer = mirror.get("x");
            expect(200, &answer);
            // A reader with a declared length has the whole body before the origin sends trailing data.
            let had_all = what == "chunks that end late" && !chunked && answer.body == whole;
            assert!(answer.end != End::Complete || had_all, "{what}, chunked {chunked}: it looks whole");
            // A chunk too many was sent before it could be known; the break tells of it.
            assert!(whole.starts_with(&answer.body[..answer.body.len().min(whole.len())]), "{what}, chunked {chunked}");
            mirror.assert_absent("x");
        }
    }
    // And what is the rest, is.
    for then in
        [tagged(rest(left, &all)), tagged(rest(left, &all)).chunked(7_000), dated(tagged(rest(left, &all)), NEWER)]
    {
        let mirror = Mirror::start();
        mirror
            .origin
            .route("/old/x", tagged(Script::generated("x", LENGTH)).chunked(50_000).cut_each(CUT).ranged(then));
        let answer = mirror.get("x");
        assert!(answer.end == End::Complete && answer.body == whole);
        assert!(mirror.get("x").body == whole);
        assert_eq!(mirror.keys(), ["x"]);
    }
}
