//! An explanation says what a request gets, also where a policy, a block or a referer decides.

use coho_testkit::http::{Request, exchange};
use coho_testkit::oss::{encode, expect};
use coho_testkit::{Oss, Script, Server};
use serde_json::Value;

use super::{send, send_unsigned};
use crate::fixture::{Mirror, SITE};

fn explain(server: &Server, key: &str, more: &str) -> Value {
    let request = Request::new("GET", &format!("/v1/rules/explain?bucket={SITE}&key={key}{more}"))
        .header("Host", "localhost")
        .header("Authorization", &format!("Bearer {}", server.admin_token()));
    let answer = exchange(server.admin(), &request).unwrap();
    expect(200, &answer);
    serde_json::from_slice(&answer.body).unwrap()
}

fn put(oss: &Oss, sub_resource: &str, document: &str) {
    expect(200, &send(oss, "PUT", &format!("/{SITE}/?{sub_resource}"), &[], document));
}

#[test]
fn what_is_explained_is_what_happens() {
    let mirror = Mirror::start();
    mirror.origin.route("/old/open", Script::ok("from the origin"));
    mirror.origin.route("/old/secret", Script::ok("from the origin"));
    let deny = format!(
        r#"{{"Version":"1","Statement":[{{"Effect":"Deny","Principal":["*"],"Action":["oss:GetObject"],"Resource":["acs:oss:*:*:{SITE}/secret"]}}]}}"#
    );
    put(&mirror.oss, "policy", &deny);
    let referer = "<RefererConfiguration><AllowEmptyReferer>false</AllowEmptyReferer><RefererList>\
                   <Referer>http://good.test</Referer></RefererList></RefererConfiguration>";
    put(&mirror.oss, "referer", referer);
    let good = [("Referer", "http://good.test/page")];
    let header = format!("&header={}", encode("Referer: http://good.test/page", b""));
    for (key, headers, more, kind, status) in [
        ("open", &good[..], header.as_str(), "mirror", 200),
        ("secret", &good, &header, "error", 403),
        ("open", &[], "", "error", 403),
    ] {
        let explained = explain(&mirror.server, key, more);
        let decision = &explained["decision"];
        assert_eq!((&decision["kind"], decision["status"].as_u64()), (&kind.into(), Some(status)), "{explained:#}");
        let answer = send_unsigned(&mirror.oss, "GET", &format!("/{SITE}/{key}"), headers);
        assert_eq!(u64::from(answer.status()), status, "{key} {headers:?}: {answer:?}");
    }
    let refused = explain(&mirror.server, "open", "");
    assert_eq!(refused["decision"]["text"], "You are denied by bucket referer policy.");
    // The owner's requests are on no terms.
    mirror.server.wait_until_idle();
    assert_eq!(explain(&mirror.server, "open", "&access=signed")["decision"]["kind"], "serve");
    assert_eq!(mirror.origin.hits("/old/secret"), 0);
    put(
        &mirror.oss,
        "publicAccessBlock",
        "<PublicAccessBlockConfiguration><BlockPublicAccess>true</BlockPublicAccess></PublicAccessBlockConfiguration>",
    );
    assert_eq!(explain(&mirror.server, "open", &header)["decision"]["status"], 403);
    expect(403, &send_unsigned(&mirror.oss, "GET", &format!("/{SITE}/open"), &good));
}
