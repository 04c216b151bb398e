//! Captured raw requests of three SDKs are accepted unchanged, and refused after any relevant change.

use coho_auth::{AcceptedRegion, AuthError, Authenticated, Authenticator, Credential, Credentials, Form, Identity};
use serde_json::Value;

use crate::wire::Wire;

fn captures() -> Vec<Value> {
    let python: Value = serde_json::from_str(include_str!("../vectors/wire_captures.json")).unwrap();
    let javascript: Value = serde_json::from_str(include_str!("../vectors/wire_captures_alioss.json")).unwrap();
    let (python, javascript) = (python["captures"].as_array().unwrap(), javascript.as_array().unwrap());
    assert_eq!((python.len(), javascript.len()), (46, 21));
    python.iter().chain(javascript).cloned().collect()
}

fn authenticate(wire: &Wire, secret: &str, now: i64) -> Result<Authenticated, AuthError> {
    let key = Credential::new("ak", secret, "owner");
    let is_temporary = wire.headers.contains_key("x-oss-security-token");
    let key = if is_temporary { key.with_security_token("tok+/=") } else { key };
    let authenticator = Authenticator::new(Credentials::new([key]).unwrap(), AcceptedRegion::Any);
    authenticator.authenticate(&wire.request(), &wire.readings(), now)
}

/// The second at which the client signed; for a V1 URL its last valid second.
fn clock(wire: &Wire) -> i64 {
    if let Some(expires) = wire.parameter("Expires") {
        return expires.parse().unwrap();
    }
    let header = |name: &str| wire.headers.get(name).map(|value| value.to_str().unwrap());
    let date = wire.parameter("x-oss-date").or(header("x-oss-date")).or(header("date")).unwrap();
    let midnight = 1_795_392_000;
    let time_of_day: Vec<i64> = if let Some(iso) = date.strip_prefix("20261123T") {
        [0, 2, 4].map(|at| iso[at..at + 2].parse().unwrap()).to_vec()
    } else {
        date.strip_prefix("Mon, 23 Nov 2026 ").unwrap()[..8].split(':').map(|n| n.parse().unwrap()).collect()
    };
    midnight + time_of_day[0] * 3600 + time_of_day[1] * 60 + time_of_day[2]
}

fn form(wire: &Wire) -> Form {
    if wire.headers.contains_key("authorization") { Form::Header } else { Form::Url }
}

#[test]
fn every_captured_request_is_accepted() {
    let mut forms = [0; 2];
    let mut second_readings = 0;
    for capture in captures() {
        let wire = Wire::captured(&capture);
        let accepted = authenticate(&wire, "sk", clock(&wire)).unwrap_or_else(|error| panic!("{capture}: {error}"));
        let expected =
            Identity::Signed { access_key_id: "ak".into(), owner: "owner".into(), form: form(&wire), limits: None };
        assert_eq!((accepted.identity, accepted.content_sha256), (expected, None), "{capture}");
        forms[usize::from(form(&wire) == Form::Url)] += 1;
        second_readings += usize::from(accepted.reading == 1);
    }
    assert_eq!(forms, [62, 5]);
    assert_eq!(second_readings, 18, "requests with the bucket in host and path are signed for the path");
}

#[test]
fn the_refusal_shows_what_the_reference_verifier_signed() {
    let mut compared = 0;
    for capture in captures().iter().filter(|capture| capture["scheme"] != "V1-loose") {
        let wire = Wire::captured(capture);
        let accepted = authenticate(&wire, "sk", clock(&wire)).unwrap();
        let key = Credential::new("ak", "other", "owner");
        let is_temporary = wire.headers.contains_key("x-oss-security-token");
        let key = if is_temporary { key.with_security_token("tok+/=") } else { key };
        let authenticator = Authenticator::new(Credentials::new([key]).unwrap(), AcceptedRegion::Any);
        let readings = [wire.readings()[accepted.reading]];
        let error = authenticator.authenticate(&wire.request(), &readings, clock(&wire)).unwrap_err();
        let AuthError::SignatureMismatch(mismatch) = error else { panic!("{capture}: {error}") };
        let shown = mismatch.canonical_request_text().unwrap_or_else(|| mismatch.string_to_sign_text());
        assert_eq!(shown, capture["canonical"].as_str().unwrap());
        compared += 1;
    }
    assert_eq!(compared, 66);
}

#[test]
fn every_captured_request_is_refused_when_tampered_with() {
    type Tamper = fn(&mut Wire);
    let tampers: [(&str, Tamper); 6] = [
        ("method", |wire| wire.method = if wire.method == "PUT" { "DELETE" } else { "PUT" }.to_owned()),
        ("key", |wire| wire.path.push('x')),
        ("oss header", |wire| wire.header("x-oss-meta-added", "1")),
        ("content type", |wire| wire.set_header("content-type", "text/tampered")),
        ("content md5", |wire| wire.set_header("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==")),
        ("sub-resource", |wire| wire.set_parameter("policy", "")),
    ];
    for capture in captures() {
        let wire = Wire::captured(&capture);
        let now = clock(&wire);
        let check = |what: &str, wire: &Wire, secret: &str| {
            let result = authenticate(wire, secret, now);
            assert!(matches!(result, Err(AuthError::SignatureMismatch(_))), "{what}: {capture}: {result:?}");
        };
        check("secret", &wire, "another");
        for (what, tamper) in tampers {
            let mut tampered = wire.clone();
            tamper(&mut tampered);
            check(what, &tampered, "sk");
        }
        for index in 0..wire.query.len() {
            let mut tampered = wire.clone();
            let (name, value) = &mut tampered.query[index];
            if !["x-oss-process", "acl", "versionId", "response-content-type"].contains(&name.as_str()) {
                continue;
            }
            value.push('x');
            let result = authenticate(&tampered, "sk", now);
            assert_eq!(result.is_ok(), capture["scheme"] == "V1-loose", "{capture}");
        }
    }
}

#[test]
fn every_captured_request_is_refused_outside_its_time_window() {
    for capture in captures() {
        let wire = Wire::captured(&capture);
        let now = clock(&wire);
        let at = |now| authenticate(&wire, "sk", now);
        if form(&wire) == Form::Header {
            for offset in [-900, 900] {
                assert!(at(now + offset).is_ok(), "{capture}");
            }
            for offset in [-901, 901] {
                let error = at(now + offset).unwrap_err();
                assert!(matches!(error, AuthError::TimeTooSkewed { .. }), "{capture}: {error}");
            }
            continue;
        }
        let lifetime = wire.parameter("x-oss-expires").map_or(0, |seconds| seconds.parse::<i64>().unwrap());
        assert!(at(now + lifetime).is_ok(), "{capture}");
        let error = at(now + lifetime + 1).unwrap_err();
        assert_eq!(error, AuthError::Expired { expires_unix_seconds: now + lifetime }, "{capture}");
        if lifetime > 0 {
            let error = at(now - 901).unwrap_err();
            assert_eq!(error, AuthError::NotYetValid { valid_from_unix_seconds: now - 900 }, "{capture}");
        }
    }
}
