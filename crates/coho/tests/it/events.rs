//! The event stream of the admin address.

use coho_testkit::Script;
use coho_testkit::events::Event;
use coho_testkit::http::{Client, Request, exchange};
use coho_testkit::oss::expect;

use crate::fixture::{Mirror, SITE, mirror_rule};

fn names(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.name.as_str()).collect()
}

#[test]
fn a_fill_is_followed_from_its_start_until_it_is_durable() {
    let mirror = Mirror::start();
    mirror.origin.route("/old/a", Script::ok("abc"));
    expect(200, &mirror.get("a"));
    let durable = mirror.server.wait_for("durable", SITE, "a");
    mirror.server.wait_until_idle();
    let seen: Vec<_> = mirror.server.events().all().into_iter().filter(|event| event.data["key"] == "a").collect();
    let mut in_any_order = names(&seen);
    in_any_order.sort_unstable();
    assert_eq!(in_any_order, ["durable", "fill_ended", "fill_started", "published"]);
    let of = |name: &str| seen.iter().find(|event| event.name == name).unwrap();
    assert_eq!(of("fill_started").data["rule"], 1);
    assert_eq!(of("fill_ended").data["fill"], of("fill_started").data["fill"]);
    assert_eq!((&of("fill_ended").data["outcome"], &of("published").data["bytes"]), (&"stored".into(), &3.into()));
    assert!(of("published").number < durable.number);
}

#[test]
fn a_failure_names_its_reason_and_a_write_overtakes() {
    let mirror = Mirror::start();
    mirror.origin.route("/old/bad", Script::status(500));
    expect(424, &mirror.get("bad"));
    assert_eq!(mirror.server.wait_for("fill_failed", SITE, "bad").data["reason"], "status");
    mirror.origin.route("/old/raced", Script::generated("x", 200_000).gated_body(100_000));
    let address = mirror.address();
    let mut reader = Client::connect(address).unwrap();
    reader.send(&Request::new("GET", "/site/raced").header("Host", &address.to_string())).unwrap();
    assert_eq!(reader.read_head().unwrap().status, 200);
    mirror.oss.put(SITE, "raced", b"written");
    mirror.origin.release("/old/raced");
    mirror.server.wait_for("fill_overtaken", SITE, "raced");
    assert_eq!(mirror.get("raced").body, b"written");
}

#[test]
fn progress_and_rates_are_sent_while_a_stream_is_open() {
    const LENGTH: u64 = 2_000_000;
    let mirror = Mirror::start();
    mirror.origin.route("/old/big", Script::generated("x", LENGTH).gated_body(1_000_000));
    let address = mirror.address();
    let mut reader = Client::connect(address).unwrap();
    reader.send(&Request::new("GET", "/site/big").header("Host", &address.to_string())).unwrap();
    assert_eq!(reader.read_head().unwrap().status, 200);
    assert_eq!(reader.read_body_up_to(1_000_000).0.len(), 1_000_000);
    let meant = |event: &Event| event.name == "fill_progressed" && event.data["received_bytes"] == 1_000_000;
    let progress = mirror.server.events().wait_for("progress", meant);
    let started = mirror.server.wait_for("fill_started", SITE, "big");
    assert_eq!((&progress.data["fill"], progress.number), (&started.data["fill"], None));
    assert_eq!((&progress.data["length_bytes"], &progress.data["readers"]), (&LENGTH.into(), &1.into()));
    let rates = mirror.server.events().wait_for("rates", |event| {
        event.name == "rates" && event.data["total"]["fetches_per_second"].as_f64() > Some(0.0)
    });
    assert_eq!(rates.data["in_flight"], 1, "{:#}", rates.data);
    assert!(rates.data["connections"].as_u64() >= Some(1), "{:#}", rates.data);
    let bucket = &rates.data["buckets"][0];
    assert_eq!(bucket["bucket"], SITE);
    assert!(bucket["origin_bytes_per_second"].as_f64() > Some(0.0), "{bucket:#}");
    mirror.origin.release("/old/big");
    mirror.server.wait_until_idle();
    mirror.server.events().wait_for("an answer", |event| {
        event.name == "rates"
            && event.data["latency"]["answers"].as_u64() >= Some(1)
            && event.data["buckets"]
                .as_array()
                .unwrap()
                .iter()
                .any(|one| one["out_bytes_per_second"].as_f64() > Some(0.0))
    });
}

#[test]
fn changed_configurations_are_named() {
    let (server, oss) = crate::fixture::server();
    oss.put_bucket("site", "private");
    expect(200, &oss.put_website("site", &mirror_rule("", "http://old.example.com/")));
    let changed = |what: &str| {
        let meant = |event: &Event| event.name == "configuration_changed" && event.data["what"] == what;
        server.events().wait_for(what, meant).data["bucket"].clone()
    };
    assert_eq!(changed("website"), "site");
    let acl = oss.request("PUT", "/site/?acl").header("x-oss-acl", "public-read");
    expect(200, &oss.call(acl));
    assert_eq!(changed("acl"), "site");
    assert_eq!(changed("bucket"), "site");
    server.signal("HUP").unwrap();
    assert!(changed("reload").is_null());
}

#[test]
fn the_stream_needs_the_token_and_does_not_delay_the_end() {
    let mut mirror = Mirror::start();
    let admin = mirror.server.admin();
    let request = Request::new("GET", "/-/events").header("Host", &admin.to_string());
    expect(401, &exchange(admin, &request).unwrap());
    let token = mirror.server.admin_token();
    let mut client = Client::connect(admin).unwrap();
    client.send(&request.header("Authorization", &format!("Bearer {token}"))).unwrap();
    let head = client.read_head().unwrap();
    assert_eq!((head.status, head.get("content-type")), (200, Some("text/event-stream")));
    mirror.server.terminate().unwrap();
    let (rest, _) = client.read_body();
    assert!(String::from_utf8_lossy(&rest).contains("event: hello"));
}
