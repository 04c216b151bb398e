//! The stream of requests of the admin address.

use coho_testkit::http::{Client, Request, exchange};
use coho_testkit::oss::expect;
use coho_testkit::{Script, Server};
use serde_json::Value;

use crate::fixture::{Mirror, SITE};

/// The data of the events of a stream, by name, in order.
struct Stream {
    client: Client,
    text: String,
}

impl Stream {
    fn open(server: &Server, query: &str) -> Self {
        let mut client = Client::connect(server.admin()).unwrap();
        let request = Request::new("GET", &format!("/-/requests{query}"))
            .header("Host", "localhost")
            .header("Authorization", &format!("Bearer {}", server.admin_token()));
        client.send(&request).unwrap();
        assert_eq!(client.read_head().unwrap().status, 200);
        Self { client, text: String::new() }
    }

    fn next(&mut self) -> (String, Value) {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    let value = |line: &str| line.strip_prefix(name).map(|value| value.trim().to_owned());
                    block.lines().find_map(value)
                };
                let found = field("event:").zip(field("data:"));
                self.text = rest.to_owned();
                if let Some((name, data)) = found {
                    return (name, serde_json::from_str(&data).unwrap());
                }
                continue;
            }
            let mut buffer = [0; 4096];
            let count = self.client.read_some(&mut buffer).unwrap();
            assert!(count > 0, "the stream ended");
            self.text += &String::from_utf8_lossy(&buffer[..count]);
        }
    }

    #[track_caller]
    fn next_request(&mut self) -> Value {
        let (name, data) = self.next();
        assert_eq!(name, "request", "{data:#}");
        data
    }
}

#[test]
fn requests_are_streamed_with_what_they_came_to_and_without_secrets() {
    let mirror = Mirror::start();
    mirror.origin.route("/old/a", Script::ok("abc"));
    let path = "/site/absent?Signature=secret&OSSAccessKeyId=id&Expires=1";
    let refused = exchange(mirror.address(), &Request::new("GET", path).header("Host", "127.0.0.1")).unwrap();
    assert!(refused.status() >= 400, "{refused:?}");
    let mut all = Stream::open(&mirror.server, "");
    assert_eq!(all.next(), ("hello".to_owned(), serde_json::json!({ "kept": 1 })));
    let kept = all.next_request();
    assert_eq!(kept["request_id"].as_str(), refused.get("x-oss-request-id"), "{kept:#}");
    assert!(!kept.to_string().contains("secret") && kept["code"].is_string(), "{kept:#}");
    let mut of_site =
        Stream::open(&mirror.server, "?bucket=site&operation=GetObject&method=GET&prefix=a&min_status=200");
    assert_eq!(of_site.next().1["kept"], 0);
    let asked =
        Request::new("GET", "/site/a?x=1&token=secret").header("Host", "127.0.0.1").header("User-Agent", "test/1");
    for answered in ["mirrored", "hit"] {
        expect(200, &exchange(mirror.address(), &asked).unwrap());
        mirror.server.wait_until_idle();
        for stream in [&mut all, &mut of_site] {
            let seen = stream.next_request();
            let text = |name: &str| seen[name].as_str().unwrap_or_default().to_owned();
            assert_eq!((text("answered"), text("bucket"), text("key")), (answered.into(), SITE.into(), "a".into()));
            assert_eq!(
                (text("query"), text("user_agent"), text("operation")),
                ("x=1".into(), "test/1".into(), "GetObject".into())
            );
            assert_eq!((&seen["status"], &seen["out_bytes"], &seen["in_bytes"]), (&200.into(), &3.into(), &0.into()));
            assert!(text("client").starts_with("127.0.0.1:") && seen["duration_ms"].as_f64() > Some(0.0), "{seen:#}");
        }
    }
    mirror.oss.put(SITE, "b", b"12345");
    let put = all.next_request();
    assert_eq!(
        (&put["method"], &put["in_bytes"], &put["answered"]),
        (&"PUT".into(), &5.into(), &"other".into()),
        "{put:#}"
    );
    assert!(!put.to_string().to_ascii_lowercase().contains("authorization"), "{put:#}");
}
