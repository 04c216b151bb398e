use super::*;
use crate::{OssError, form::FormFields};
use base64::{Engine, engine::general_purpose::STANDARD};
use coho_model::{Query, RequestRefusal};
use http::HeaderMap;
use proptest::prelude::*;

const FORM: &str = r#"{"callbackUrl":"app.test/a","callbackBody":"b=${bucket}&o=${object}&e=${etag}&s=${size}&m=${mimeType}&h=${imageInfo.height}&v=${x:v}&n=${vpcId}${unknown}"}"#;

fn values() -> CallbackValues<'static> {
    CallbackValues {
        bucket: "bucket-b",
        object: "dir/ü \"1\"",
        etag: "D41D8CD98F00B204E9800998ECF8427E",
        size: 5,
        mime_type: "text/plain",
        image: None,
        crc64: "18446744073709551615",
        content_md5: "1B2M2Y8AsgTpgAmY7PhCfg==",
        client_ip: "192.0.2.1",
        request_id: "0123456789ABCDEF01234567",
        operation: "PutObject",
    }
}

fn request(callback: Option<&str>, variables: Option<&str>) -> Result<Option<Callback>, RequestRefusal> {
    let mut headers = HeaderMap::new();
    for (name, json) in [("x-oss-callback", callback), ("x-oss-callback-var", variables)] {
        if let Some(json) = json {
            headers.insert(name, STANDARD.encode(json).parse().unwrap());
        }
    }
    of_request(&headers, &Query::default(), "key")
}

fn callback(json: &str) -> Callback {
    request(Some(json), Some(r#"{"x:v":"a b"}"#)).unwrap().expect("a callback is asked for")
}

fn body(json: &str, values: &CallbackValues<'_>) -> String {
    String::from_utf8(callback(json).body(values).unwrap()).unwrap()
}

/// With this body as JSON.
fn json_callback(body: &str) -> String {
    let body = serde_json::Value::from(body);
    format!(r#"{{"callbackUrl":"http://a.test","callbackBody":{body},"callbackBodyType":"application/json"}}"#)
}

#[test]
fn the_body_has_the_values_of_the_upload() {
    assert_eq!(
        body(FORM, &values()),
        "b=bucket-b&o=dir%2F%C3%BC%20%221%22&e=D41D8CD98F00B204E9800998ECF8427E&s=5&m=text%2Fplain&h=&v=a%20b&n="
    );
    let image = Some(ImageInfo { height: 2, width: 3, format: "png" });
    let json =
        json_callback(r#"{"o":${object},"s":${size},"h":${imageInfo.height},"f":${imageInfo.format},"v":${x:v}}"#);
    assert_eq!(
        body(&json, &CallbackValues { image, ..values() }),
        r#"{"o":"dir/ü \"1\"","s":5,"h":2,"f":"png","v":"a b"}"#
    );
    assert_eq!(body(&json, &values()), r#"{"o":"dir/ü \"1\"","s":5,"h":"","f":"","v":"a b"}"#);
    let rest = json_callback(r#"[${crc64},${contentMd5},${vpcId},${clientIp},${reqId},${operation}]"#);
    let expected =
        r#"["18446744073709551615","1B2M2Y8AsgTpgAmY7PhCfg==","","192.0.2.1","0123456789ABCDEF01234567","PutObject"]"#;
    assert_eq!(body(&rest, &values()), expected);
    for (json, asks) in [(&*json, true), (&rest, false), (FORM, true)] {
        assert_eq!(callback(json).asks_for_image(), asks, "{json}");
    }
}

#[test]
fn the_rest_of_a_callback_has_defaults() {
    let plain = callback(FORM);
    assert_eq!(plain.urls[0].to_string(), "http://app.test/a");
    assert_eq!((plain.host, plain.body_type, plain.sends_sni), (None, CallbackBodyType::Form, false));
    let full = callback(
        r#"{"callbackUrl":"https://a.test:8443/x?y=1;b.test:80","callbackHost":"c.test:81","callbackBody":"1",
            "callbackBodyType":"application/json","callbackSNI":true,"other":[1]}"#,
    );
    let urls: Vec<String> = full.urls.iter().map(ToString::to_string).collect();
    assert_eq!(urls, ["https://a.test:8443/x?y=1", "http://b.test:80/"]);
    assert_eq!(full.urls[0].server(), "https://a.test:8443");
    assert_eq!(
        (full.host.unwrap(), full.body_type, full.sends_sni),
        ("c.test:81".parse().unwrap(), CallbackBodyType::Json, true)
    );
    for nothing in ["{}", r#"{"callbackUrl":""}"#, r#"{"callbackUrl":" ; ","callbackBody":5}"#] {
        assert_eq!(request(Some(nothing), None), Ok(None), "{nothing}");
    }
    assert_eq!(request(None, Some("{}")), Ok(None));
}

#[test]
fn an_invalid_callback_has_the_code_of_oss() {
    let check = |callback: &str, variables: Option<&str>, ec: &str, message: &str| {
        let refused = request(Some(callback), variables).expect_err(callback);
        let error = OssError::from(refused);
        assert_eq!((error.code.as_str(), &*error.ec), ("InvalidArgument", ec), "{callback}: {}", error.message);
        assert!(error.message.contains(message), "{callback}: {}", error.message);
    };
    let with = |member: &str| format!(r#"{{"callbackUrl":"a.test","callbackBody":"b",{member}}}"#);
    let long = format!(r#"{{"callbackUrl":"a.test","callbackBody":"{}"}}"#, "b".repeat(MAX_PARAMETER_BYTES));
    check(&long, None, "0007-00000001", "5120 bytes");
    for body in ["size=${size}", "\"${size}", "{\"a\":\"${bucket}\"}"] {
        check(&json_callback(body), None, "0007-00000003", "not json format");
    }
    for json in ["[]", "{", "null", "\u{1}"] {
        check(json, None, "0007-00000003", "not json format");
    }
    for url in [
        "a.test:test",
        "a.test:0",
        "a.test:65536",
        "ftp://a.test",
        "http://",
        "u:p@a.test",
        "u@a.test",
        "ü.test",
        "http://a.test/ x",
        ":80",
    ] {
        check(&format!(r#"{{"callbackUrl":"{url}","callbackBody":"b"}}"#), None, "0007-00000004", "url");
    }
    check(r#"{"callbackUrl":["a.test"],"callbackBody":"b"}"#, None, "0007-00000004", "url");
    check(r#"{"callbackUrl":"a;b;c;d;e;f;","callbackBody":"b"}"#, None, "0007-00000005", "5 urls");
    for host in ["[1,2]", "\"a b\"", "\"a/b\"", "\"u@a\"", "\"a\\r\\nb\""] {
        check(&with(&format!("\"callbackHost\":{host}")), None, "0007-00000009", "host");
    }
    check(r#"{"callbackUrl":"a.test","callbackBody":[1]}"#, None, "0007-00000010", "body");
    check(r#"{"callbackUrl":"a.test","callbackBody":""}"#, None, "0007-00000011", "empty");
    check(r#"{"callbackUrl":"a.test"}"#, None, "0007-00000011", "empty");
    for body_type in ["123", "\"text/plain\"", "\"json\""] {
        check(&with(&format!("\"callbackBodyType\":{body_type}")), None, "0007-00000012", "body type");
    }
    for sni in ["123", "\"true\""] {
        let own = OssError::new(crate::ErrorCode::InvalidArgument).ec;
        check(&with(&format!("\"callbackSNI\":{sni}")), None, &own, "The callback sni is invalid.");
    }
    for (body, message) in
        [("$x:v}", "Left brace"), ("a=$", "Left brace"), ("$(size)", "Left brace"), ("${size", "right brace")]
    {
        check(&format!(r#"{{"callbackUrl":"a.test","callbackBody":"{body}"}}"#), None, "0007-00000105", message);
    }
    for (variables, ec) in [
        ("[]", "0007-00000103"),
        ("{", "0007-00000103"),
        (r#"{"x:a":1}"#, "0007-00000104"),
        (r#"{"a":"1"}"#, "0007-00000104"),
        (r#"{"x:A":"1"}"#, "0007-00000104"),
    ] {
        check(FORM, Some(variables), ec, "");
    }
    let variables = format!(r#"{{"x:v":"{}"}}"#, "v".repeat(MAX_PARAMETER_BYTES));
    check(FORM, Some(&variables), "0007-00000101", "5120 bytes");
    let multiplied = format!(r#"{{"callbackUrl":"a.test","callbackBody":"{}"}}"#, "${x:v}".repeat(600));
    let own = OssError::new(crate::ErrorCode::InvalidArgument).ec;
    check(&multiplied, Some(&format!(r#"{{"x:v":"{}"}}"#, "ü".repeat(1500))), &own, "1048576 bytes");
    let headers = request(Some(&with("\"additionalHeaders\":{\"a\":\"b\"}")), None);
    assert_eq!(headers, Err(RequestRefusal::parameter_not_implemented("callback.additionalHeaders")));
}

#[test]
fn a_parameter_is_in_a_header_or_in_the_query() {
    let encoded = STANDARD.encode(FORM).replace('+', "%2B").replace('=', "%3D");
    let query = Query::parse(&format!("callback={encoded}&callback-var=eyJ4OnYiOiJxIn0%3D")).unwrap();
    let found = of_request(&HeaderMap::new(), &query, "key").unwrap().unwrap();
    assert!(String::from_utf8(found.body(&values()).unwrap()).unwrap().ends_with("&v=q&n="));
    for (name, value, ec) in
        [("x-oss-callback", "e30=", "0007-00000027"), ("x-oss-callback-var", "e30=", "0007-00000027")]
    {
        let headers = HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())]);
        let error = OssError::from(of_request(&headers, &query, "key").unwrap_err());
        assert_eq!(&*error.ec, ec, "{name}");
    }
    for (name, value, ec) in
        [("x-oss-callback", "x123-*&", "0007-00000002"), ("x-oss-callback-var", "/w==", "0007-00000102")]
    {
        let headers = HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())]);
        let error = OssError::from(of_request(&headers, &Query::default(), "key").unwrap_err());
        assert_eq!(&*error.ec, ec, "{name}");
    }
}

#[test]
fn a_form_has_its_variables_as_fields() {
    let mut fields = FormFields::default();
    let json = r#"{"callbackUrl":"a.test","callbackBody":"v=${x:V}&w=${x:w}&k=${object}"}"#;
    fields.add("Callback", STANDARD.encode(json));
    fields.add("x:V", "1 2".to_owned());
    let found = of_form(&fields, "key").unwrap().unwrap();
    assert_eq!(found.body(&CallbackValues { object: "k", ..values() }).unwrap(), b"v=1%202&w=&k=k");
    fields.add("x:w", "w".repeat(2 << 20));
    assert!(matches!(of_form(&fields, "key"), Err(RequestRefusal::InvalidCallback(_))));
    fields.add("callback-var", "e30=".to_owned());
    assert_eq!(of_form(&fields, "key"), Err(RequestRefusal::parameter_not_implemented("callback-var")));
    assert_eq!(of_form(&FormFields::default(), "key"), Ok(None));
}

/// The example of OSS's page *Callback*.
#[test]
fn the_signed_text_is_the_decoded_path_with_the_query_and_the_body() {
    let check = |url: &str, expected: &str| {
        let json = format!(r#"{{"callbackUrl":"{url}","callbackBody":"b"}}"#);
        assert_eq!(String::from_utf8(signed_text(&callback(&json).urls[0], b"bucket=yonghu-test")).unwrap(), expected);
    };
    check("121.43.113.8/index.php?id=1&index=2", "/index.php?id=1&index=2\nbucket=yonghu-test");
    check("http://a.test", "/\nbucket=yonghu-test");
    check("http://a.test/%E4%B8%AD%20?k=%E4%B8%AD", "/中 ?k=%E4%B8%AD\nbucket=yonghu-test");
}

proptest! {
    #[test]
    fn any_parameters_are_read_or_refused_and_the_body_is_bounded(callback in "[ -~]{0,200}", variables in "[ -~]{0,100}", parts in proptest::collection::vec("[$}{a-z:&]{0,8}|\\$\\{x:a\\}", 0..20)) {
        let _ = request(Some(&callback), Some(&variables));
        let body = serde_json::Value::from(parts.concat());
        let json = format!(r#"{{"callbackUrl":"a.test","callbackBody":{body}}}"#);
        if let Ok(Some(callback)) = request(Some(&json), Some(r#"{"x:a":"${x:a}"}"#)) {
            let body = callback.body(&values()).unwrap();
            prop_assert!(body.len() <= MAX_BODY_BYTES);
            // A value is never read as a template, and has no delimiter of a form.
            let is_left = body.windows(6).any(|window| window == b"${x:a}");
            prop_assert!(!is_left, "{}", body.escape_ascii());
        }
    }
}
