//! `MirrorAuth`: signatures of requests to private origins.

use crate::{
    MirrorFailure,
    origin_headers::{host, set_host},
};
use coho_auth::{Credential, Resource, Scope, SignError, authorize_s3_v4, authorize_v4};
use coho_model::{Timestamp, website::MirrorAuth};
use http::{HeaderMap, Method, Uri, header};
use percent_encoding::percent_decode_str;

/// Signs a request without a body as the rule says, and replaces an `Authorization` that the rule sets elsewhere.
///
/// `S3V4` is AWS Signature Version 4 for S3. `OSS4` is OSS's V4, whose signature names bucket and key: see [`oss_object`].
pub(crate) fn sign(
    auth: &MirrorAuth,
    method: &Method,
    uri: &Uri,
    headers: &mut HeaderMap,
    now: Timestamp,
) -> Result<(), MirrorFailure> {
    let text = |element: &Option<String>| element.clone().unwrap_or_default();
    let credential = Credential::new(&text(&auth.access_key_id), &text(&auth.access_key_secret), "");
    let (region, seconds) = (text(&auth.region), now.unix_ms().div_euclid(1000));
    headers.remove(header::AUTHORIZATION);
    let signed = match auth.auth_type.as_deref() {
        Some("S3V4") => s3(&credential, &region, method, uri, headers, seconds),
        Some("OSS4") => oss(&credential, &region, method, uri, headers, seconds),
        _ => return Err(MirrorFailure::Unreachable("MirrorAuth has an unknown AuthType".into())),
    };
    signed.map_err(|error| MirrorFailure::Unreachable(format!("request cannot be signed: {error}").into()))
}

fn s3(
    credential: &Credential,
    region: &str,
    method: &Method,
    uri: &Uri,
    headers: &mut HeaderMap,
    now_unix_seconds: i64,
) -> Result<(), SignError> {
    set_host(headers, uri);
    let target = (uri.path(), uri.query().unwrap_or_default());
    authorize_s3_v4(credential, region, method.as_str(), target, headers, now_unix_seconds)
}

fn oss(
    credential: &Credential,
    region: &str,
    method: &Method,
    uri: &Uri,
    headers: &mut HeaderMap,
    now_unix_seconds: i64,
) -> Result<(), SignError> {
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let host = match headers.get(header::HOST).and_then(|host| host.to_str().ok()) {
        Some(set) => set.to_owned(),
        None => host(uri),
    };
    let path = decode(uri.path());
    let resource = oss_object(&host, &path).ok_or(SignError::InvalidValue("URL without bucket and object"))?;
    let pairs = uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let query: Vec<_> = pairs.map(|(name, value)| (decode(name), decode(value))).collect();
    // The region of a signature has no `oss-` prefix, but the console shows one.
    let scope = Scope { region: region.strip_prefix("oss-").unwrap_or(region), product: "oss" };
    authorize_v4(credential, method.as_str(), headers, &query, &resource, scope, now_unix_seconds)?;
    if let Some(authorization) = headers.get_mut(header::AUTHORIZATION) {
        authorization.set_sensitive(true);
    }
    Ok(())
}

/// The object that a request to OSS names. The bucket is the first label of the host if a later label is `oss` or begins
/// with `oss-`, as in `b.oss-cn-hangzhou.aliyuncs.com` and `b.oss.example.com`. Any other host (an
/// address, `oss.example.com`, `localhost`) has the bucket in the path. A custom domain does not
/// contain the bucket and cannot be signed for.
fn oss_object<'a>(host: &'a str, path: &'a str) -> Option<Resource<'a>> {
    let rest = path.strip_prefix('/').unwrap_or(path);
    let is_endpoint = |label: &str| label == "oss" || label.starts_with("oss-");
    let name = host.split_once(':').map_or(host, |(name, _)| name);
    let of_host = name.split_once('.').filter(|(_, domain)| domain.split('.').any(is_endpoint));
    let (bucket, key) = match of_host {
        Some((bucket, _)) => (bucket, rest),
        None => rest.split_once('/')?,
    };
    // Without a key it names the bucket, without a bucket the account.
    (!bucket.is_empty() && !key.is_empty()).then_some(Resource { bucket: Some(bucket), key: Some(key) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn auth(auth_type: &str) -> MirrorAuth {
        MirrorAuth {
            auth_type: Some(auth_type.into()),
            region: Some("oss-cn-hangzhou".into()),
            access_key_id: Some("id".into()),
            access_key_secret: Some("top-secret".into()),
            unknown: Vec::new(),
        }
    }

    fn signed(auth_type: &str, url: &str, set: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        set.iter().for_each(|(name, value)| drop(headers.insert(*name, HeaderValue::from_static(value))));
        let now = Timestamp::from_unix_ms(1_700_000_000_000);
        sign(&auth(auth_type), &Method::GET, &url.parse().unwrap(), &mut headers, now).unwrap();
        headers
    }

    #[test]
    fn the_bucket_of_oss_is_in_the_host_or_in_the_path() {
        let check = |host: &str, path: &str, expected: Option<(&str, &str)>| {
            let expected = expected.map(|(bucket, key)| Resource { bucket: Some(bucket), key: Some(key) });
            assert_eq!(oss_object(host, path), expected, "{host} {path}");
        };
        check("b.oss-cn-hangzhou.aliyuncs.com", "/a/k", Some(("b", "a/k")));
        check("b.oss-cn-hangzhou-internal.aliyuncs.com", "/k", Some(("b", "k")));
        check("b.oss.localhost:9000", "//k", Some(("b", "/k")));
        check("oss-cn-hangzhou.aliyuncs.com", "/b/k", Some(("b", "k")));
        check("oss.localhost:9000", "/b/a/k", Some(("b", "a/k")));
        check("127.0.0.1:9000", "/b/k", Some(("b", "k")));
        check("[::1]:9000", "/b/k", Some(("b", "k")));
        check("floss-x.example.com", "/b/k", Some(("b", "k")));
        for (host, path) in
            [("h", "/"), ("h", "/b"), ("h", "/b/"), ("h", "//k"), ("b.oss.test", "/"), (".oss.test", "/k")]
        {
            check(host, path, None);
        }
    }

    #[test]
    fn an_oss_signature_is_independent_of_where_the_bucket_is_named() {
        let authorization = |url| signed("OSS4", url, &[])[header::AUTHORIZATION].clone();
        let vhost = authorization("http://b.oss.example.com/dir/k%20y");
        assert_eq!(vhost, authorization("http://127.0.0.1:9000/b/dir/k%20y"));
        assert_ne!(vhost, authorization("http://c.oss.example.com/dir/k%20y"));
        assert_ne!(vhost, authorization("http://b.oss.example.com/dir/k%20y?a=1"));
        let text = vhost.to_str().unwrap().to_owned();
        assert!(vhost.is_sensitive());
        assert!(
            text.starts_with("OSS4-HMAC-SHA256 Credential=id/20231114/cn-hangzhou/oss/aliyun_v4_request"),
            "{text}"
        );
    }

    #[test]
    fn a_signature_replaces_a_header_of_the_rule_and_covers_the_host() {
        for auth_type in ["S3V4", "OSS4"] {
            let headers = signed(auth_type, "http://o.example.com:8080/b/k", &[("authorization", "Basic x")]);
            assert_eq!(headers.get_all(header::AUTHORIZATION).iter().count(), 1);
            let text = headers[header::AUTHORIZATION].to_str().unwrap();
            assert!(!text.contains("Basic") && !text.contains("top-secret"), "{text}");
        }
        assert_eq!(signed("S3V4", "http://o.example.com:8080/k", &[])["host"], "o.example.com:8080");
        assert_eq!(signed("S3V4", "http://o.example.com:80/k", &[])["host"], "o.example.com");
        assert_eq!(signed("S3V4", "https://o.example.com/k", &[("host", "set")])["host"], "set");
    }
}
