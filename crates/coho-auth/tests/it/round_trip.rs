//! Every signed request is accepted, and refused once the key, a parameter or a header differs.

use coho_auth::{
    AcceptedRegion, AuthError, Authenticator, Credential, Credentials, Resource, Scope, authorize_v1, authorize_v2,
    authorize_v4, encode_query, presign_v1, presign_v2, presign_v4,
};
use proptest::prelude::{Strategy, any, prop, prop_assert, prop_assert_eq, proptest};

use crate::wire::Wire;

const NOW: i64 = 1_795_420_800;
const SCOPE: Scope<'static> = Scope { region: "cn-hangzhou", product: "oss" };

fn credential(is_temporary: bool) -> Credential {
    let key = Credential::new("ak", "secret", "owner");
    if is_temporary { key.with_security_token("token+/=") } else { key }
}

/// Signs in one of the six forms, and encodes and decodes the query.
fn sign(form: u8, key: &Credential, mut wire: Wire, resource: &Resource<'_>) -> Wire {
    let (method, query) = (wire.method.clone(), wire.query.clone());
    match form {
        0 => authorize_v1(key, &method, &mut wire.headers, &query, resource, NOW).unwrap(),
        1 => authorize_v4(key, &method, &mut wire.headers, &query, resource, SCOPE, NOW).unwrap(),
        2 => wire.query = presign_v1(key, &wire.request(), resource, NOW).parameters,
        3 => authorize_v2(key, &method, &mut wire.headers, &query, resource, &["host"], NOW).unwrap(),
        4 => wire.query = presign_v2(key, &wire.request(), resource, &["host"], NOW).parameters,
        _ => {
            let made = presign_v4(key, &wire.request(), resource, SCOPE, &["host"], NOW, 60).unwrap();
            wire.query = made.parameters;
        }
    }
    let sent = Wire::new(&method, &format!("/?{}", encode_query(&wire.query)));
    Wire { headers: wire.headers, ..sent }
}

/// Names of parameters that every version signs, so that every change matters.
fn parameters() -> impl Strategy<Value = Vec<(String, String)>> {
    let names = &["versionId", "x-oss-process", "response-content-type", "acl", "continuation-token"][..];
    prop::collection::vec((prop::sample::select(names), any::<String>()), 0..4)
        .prop_map(|pairs| pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

proptest! {
    #[test]
    fn what_is_signed_is_accepted_and_what_is_changed_is_not(
        form in 0..6_u8,
        is_temporary in any::<bool>(),
        key_name in any::<String>(),
        query in parameters(),
        meta in "[!-~]([ -~]{0,20}[!-~])?",
    ) {
        let key = credential(is_temporary);
        let authenticator = Authenticator::new(Credentials::new([key.clone()]).unwrap(), AcceptedRegion::Any);
        let mut wire = Wire { method: "PUT".to_owned(), query, ..Wire::default() };
        wire.header("host", "127.0.0.1");
        wire.header("x-oss-meta-a", &meta);
        let resource = Resource { bucket: Some("bucket"), key: Some(&key_name) };
        let signed = sign(form, &key, wire, &resource);

        let other = Resource { bucket: Some("other"), key: Some(&key_name) };
        let accepted = authenticator.authenticate(&signed.request(), &[other, resource], NOW);
        prop_assert_eq!(accepted.map(|a| a.reading), Ok(1));

        let longer = format!("{key_name}x");
        let changed_key = [Resource { key: Some(&longer), ..resource }];
        let refused = authenticator.authenticate(&signed.request(), &changed_key, NOW);
        prop_assert!(matches!(refused, Err(AuthError::SignatureMismatch(_))), "{:?}", refused);

        let mut changed = signed.clone();
        changed.set_header("x-oss-meta-a", &format!("{meta}x"));
        prop_assert!(authenticator.authenticate(&changed.request(), &[resource], NOW).is_err());

        let mut changed = signed.clone();
        changed.query.insert(0, ("uploads".to_owned(), String::new()));
        prop_assert!(authenticator.authenticate(&changed.request(), &[resource], NOW).is_err());
    }

    #[test]
    fn no_request_makes_it_panic(
        authorization in "(OSS4-HMAC-SHA256 Credential=ak/|OSS |OSS2 )?[ -~]{0,60}",
        query in prop::collection::vec((
            prop::sample::select(&["Expires", "Signature", "OSSAccessKeyId", "x-oss-signature-version", "x-oss-date",
                "x-oss-credential", "x-oss-expires", "x-oss-signature", "x-oss-additional-headers"][..]),
            prop::sample::select(&["", "ak", "0", "-1", "9223372036854775807", "OSS4-HMAC-SHA256", "20261123T080000Z",
                "99991231T235959Z", "ak/20261123/r/oss/aliyun_v4_request", "é/€", ";;host"][..]),
        ), 0..8),
        has_header in any::<bool>(),
        now in any::<i64>(),
    ) {
        let key = credential(false);
        let authenticator = Authenticator::new(Credentials::new([key]).unwrap(), AcceptedRegion::Any);
        let query = query.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect::<Vec<_>>();
        let is_anonymous = !has_header && !query.iter().any(|(name, _)|
            ["Expires", "Signature", "OSSAccessKeyId", "x-oss-signature-version"].contains(&name.as_str()));
        let mut wire = Wire { method: "GET".to_owned(), query, ..Wire::default() };
        if has_header {
            wire.header("authorization", &authorization);
        }
        prop_assert_eq!(authenticator.authenticate(&wire.request(), &[], now).is_ok(), is_anonymous);
    }
}
