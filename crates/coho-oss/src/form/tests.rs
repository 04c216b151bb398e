use super::*;
use coho_model::{InvalidForm, RequestRefusal, Timestamp};
use http::{HeaderMap, HeaderValue};
use proptest::prelude::*;
use std::borrow::Cow;

/// Fields, what is said of the file, its bytes, and whether it ended.
type Parts = (Vec<(String, String)>, Option<FilePart>, Vec<u8>, bool);

/// Reads a form that arrives in pieces of this size.
fn read(body: &[u8], piece: usize) -> Result<Parts, InvalidForm> {
    let mut parser = MultipartParser::new("b0");
    let (mut fields, mut file, mut data) = (Vec::new(), None, Vec::new());
    for bytes in body.chunks(piece.max(1)) {
        parser.push(bytes);
        while let Some(event) = parser.next_event()? {
            match event {
                FormEvent::Field { name, value } => fields.push((name, value)),
                FormEvent::File(part) => file = Some(part),
                FormEvent::Data(bytes) => {
                    assert!(!bytes.is_empty());
                    data.extend_from_slice(&bytes);
                }
                FormEvent::End => return Ok((fields, file, data, true)),
            }
        }
        assert!(parser.kept_bytes() <= multipart::MAX_FIELDS_BYTES + piece);
    }
    Ok((fields, file, data, false))
}

fn form(parts: &[(&str, &str)]) -> String {
    let part =
        |(head, value): &(&str, &str)| format!("--b0\r\nContent-Disposition: form-data; {head}\r\n\r\n{value}\r\n");
    parts.iter().map(part).collect::<String>() + "--b0--\r\n"
}

#[test]
fn a_form_is_read_whatever_the_pieces_it_arrives_in() {
    let text = form(&[
        ("name=\"key\"", "a/${filename}"),
        ("name=empty", ""),
        ("name=\"lines\"", "a\r\n-- b\r\n--b"),
        ("name=\"file\"; filename=\"C:\\dir\\ü%22.txt\"\r\nContent-Type: text/plain", "\r\n--b\r\n--b0x\r\n\r\r\n"),
        ("name=\"key\"", "later"),
    ]);
    let text = format!("preamble\r\n--b\r\n{text}epilogue");
    for piece in [1, 2, 3, 7, 64, 100_000] {
        let (fields, file, data, is_whole) = read(text.as_bytes(), piece).unwrap();
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(fields, [("key", "a/${filename}"), ("empty", ""), ("lines", "a\r\n-- b\r\n--b")]);
        let part = FilePart { file_name: Some("ü\".txt".into()), content_type: Some("text/plain".into()) };
        assert_eq!((file, is_whole), (Some(part), true));
        assert_eq!(data, b"\r\n--b\r\n--b0x\r\n\r\r\n");
    }
}

#[test]
fn files_are_read_to_their_delimiter() {
    for (value, expected) in [("", ""), ("\r\n", "\r\n"), ("--b0x", "--b0x"), ("\r\n--b0-", "\r\n--b0-"), ("\r", "\r")]
    {
        let text = form(&[("name=file", value)]);
        for piece in [1, 5, 1000] {
            let (_, file, data, is_whole) = read(text.as_bytes(), piece).unwrap();
            assert_eq!((file, is_whole), (Some(FilePart::default()), true), "{value:?}");
            assert_eq!(data, expected.as_bytes(), "{value:?} {piece}");
        }
    }
    // A form that is cut off has no end, wherever that is.
    let text = form(&[("name=key", "k"), ("name=file", "body")]);
    let end = text.len() - "--\r\n".len();
    for length in 0..end {
        assert_ne!(read(&text.as_bytes()[..length], 1000).map(|(.., is_whole)| is_whole), Ok(true), "{length}");
    }
    assert!(read(&text.as_bytes()[..end + 2], 1000).unwrap().3);
}

#[test]
fn hostile_forms_are_refused() {
    let malformed = |form: &str| match read(form.as_bytes(), 16 * 1024) {
        Err(InvalidForm::Malformed(detail)) => detail,
        other => panic!("{form:.200}: {other:?}"),
    };
    for (form, detail) in [
        ("--b0x\r\n".into(), "a boundary is followed by other text"),
        ("--b0--x".replace("--x", "-x\r\n"), "a boundary is followed by other text"),
        (format!("--b0{}\r\n", " ".repeat(300)), "the line of a boundary is too long"),
        ("--b0\r\n\r\nvalue\r\n--b0--".into(), "a part has no Content-Disposition"),
        ("--b0\r\nContent-Disposition: attachment; name=a\r\n\r\n".into(), "a part is not form-data"),
        ("--b0\r\nContent-Disposition: form-data; filename=a\r\n\r\n".into(), "a part has no name"),
        ("--b0\r\nContent-Disposition: form-data; name=\"\"\r\n\r\n".into(), "a part has no name"),
        ("--b0\r\nContent-Disposition: form-data;\r\n name=a\r\n\r\n".into(), "a line of a part's head is folded"),
        (format!("--b0\r\nX: {}", "x".repeat(40_000)), "the head of a part is too long"),
        (format!("--b0\r\nX: {}\r\n\r\n", "x".repeat(40_000)), "the head of a part is too long"),
    ] {
        assert_eq!(malformed(&form), detail);
    }
    assert_eq!(
        read(b"--b0\r\nContent-Disposition: form-data; name=\"\xff\"\r\n\r\n", 9).unwrap_err(),
        InvalidForm::Malformed("the head of a part is not UTF-8")
    );
    assert_eq!(
        read(b"--b0\r\nContent-Disposition: form-data; name=a\r\n\r\n\xff\r\n--b0", 9).unwrap_err(),
        InvalidForm::Malformed("a field is not UTF-8")
    );
    assert_eq!(read(form(&[("name=key", "k")]).as_bytes(), 9).unwrap_err(), InvalidForm::NoFile);
    let many: Vec<_> = (0..1001).map(|_| ("name=a", "")).collect();
    assert_eq!(read(form(&many).as_bytes(), 9999).unwrap_err(), InvalidForm::FieldsTooLong);
    let long = "x".repeat(multipart::MAX_VALUE_BYTES + 1);
    let is_too_long = |form: &str| matches!(read(form.as_bytes(), 64 * 1024), Err(InvalidForm::FieldTooLong { .. }));
    assert!(is_too_long(&form(&[("name=a", &long)])));
    assert!(is_too_long(&form(&[(&format!("name={}", "n".repeat(9000)), "")])));
    let fits = &long[1..];
    assert!(read(form(&[("name=a", fits), ("name=file", "")]).as_bytes(), 64 * 1024).is_ok());
    let sum = form(&[("name=a", fits), ("name=b", fits), ("name=c", fits), ("name=file", "")]);
    assert_eq!(read(sum.as_bytes(), 64 * 1024).unwrap_err(), InvalidForm::FieldsTooLong);
    let preamble = "p".repeat(multipart::MAX_FIELDS_BYTES + 1);
    assert_eq!(read(preamble.as_bytes(), 64 * 1024).unwrap_err(), InvalidForm::FieldsTooLong);
}

#[test]
fn boundaries_are_read() {
    for (content_type, expected) in [
        ("multipart/form-data; boundary=b0", Some("b0")),
        ("Multipart/Form-Data;charset=utf-8; Boundary=\"a b;c\"", Some("a b;c")),
        ("multipart/form-data; boundary=", None),
        ("multipart/form-data", None),
        ("multipart/form-data; boundary=\"a \"", None),
        ("multipart/form-data; boundary=\"a\r\"", None),
        ("multipart/form-data; boundary=ü", None),
    ] {
        assert_eq!(boundary(content_type).ok().as_deref(), expected, "{content_type}");
    }
    let long = format!("multipart/form-data; boundary={}", "b".repeat(201));
    assert_eq!(boundary(&long), Err(InvalidForm::Malformed("the boundary is missing or invalid")));
    for other in ["", "text/plain", "multipart/mixed; boundary=b0", "application/x-www-form-urlencoded"] {
        assert_eq!(boundary(other), Err(InvalidForm::NotMultipart), "{other}");
    }
}

#[test]
fn names_of_files_are_read_as_clients_write_them() {
    for (head, expected) in [
        ("name=file; filename=a.txt", Some("a.txt")),
        ("filename=\"a;b\"; name=\"file\"", Some("a;b")),
        ("name=file; filename=\"a\\\"b\"", Some("a\"b")),
        ("name=file; filename=\"../../etc/passwd\"", Some("passwd")),
        ("name=file; filename*=UTF-8''%e4%b8%ad.txt", Some("中.txt")),
        ("name=file; filename=\"plain\"; filename*=UTF-8''%e4", Some("plain")),
        ("name=file; filename=\"\"", Some("")),
        ("name=file; xfilename=a", None),
        ("name=file", None),
    ] {
        let (_, file, ..) = read(form(&[(head, "x")]).as_bytes(), 1000).unwrap();
        assert_eq!(file.unwrap().file_name.as_deref(), expected, "{head}");
    }
}

fn fields(pairs: &[(&str, &str)]) -> FormFields {
    let mut fields = FormFields::default();
    pairs.iter().for_each(|(name, value)| fields.add(name, (*value).to_owned()));
    fields
}

#[test]
fn the_first_of_a_repeated_field_counts_in_any_case() {
    let form = fields(&[("Key", "a"), ("key", "b"), ("KEY", "c")]);
    assert_eq!((form.get("key"), form.get("kEy"), form.get("other")), (Some("a"), Some("a"), None));
}

#[test]
fn the_name_of_the_file_is_put_into_the_key() {
    let named = |name: Option<&str>| FilePart { file_name: name.map(str::to_owned), content_type: None };
    for (key, name, expected) in [
        ("a/${filename}", Some("f.txt"), Some("a/f.txt")),
        ("${filename}${filename}", Some("f"), Some("ff")),
        ("${filename}", None, Some("${filename}")),
        ("${filename}", Some(""), None),
        ("${filename}", Some("${filename}"), Some("${filename}")),
        ("/a", None, None),
        ("", None, None),
    ] {
        let found = fields(&[("key", key)]).object_key(&named(name));
        assert_eq!(found.ok().as_ref().map(|key| key.as_str()), expected, "{key} {name:?}");
    }
    let long = "n".repeat(2000);
    assert!(matches!(
        fields(&[("key", "${filename}")]).object_key(&named(Some(&long))),
        Err(RequestRefusal::InvalidObjectKey(_))
    ));
    assert_eq!(fields(&[]).object_key(&named(None)), Err(InvalidForm::MissingField("key").into()));
}

#[test]
fn fields_are_the_headers_of_the_object_and_the_requests_own_are_not() {
    let request = HeaderMap::from_iter([
        (http::header::HOST, HeaderValue::from_static("h")),
        (http::header::ORIGIN, HeaderValue::from_static("o")),
        (http::header::CACHE_CONTROL, HeaderValue::from_static("max-age=0")),
        (http::header::CONTENT_TYPE, HeaderValue::from_static("multipart/form-data")),
        (crate::header::OBJECT_ACL, HeaderValue::from_static("public-read")),
        (crate::header::TRAFFIC_LIMIT, HeaderValue::from_static("819200")),
    ]);
    let form = fields(&[
        ("X-Oss-Meta-A", "ü"),
        ("x-oss-storage-class", "IA"),
        ("x-oss-signature", "s"),
        ("x-oss-content-type", "image/png"),
        ("Content-Type", "image/gif"),
        ("Expires", ""),
        ("submit", "x"),
        ("host", "evil"),
    ]);
    let part = FilePart { file_name: None, content_type: Some("text/plain".into()) };
    let headers = form.headers(&request, &part).unwrap();
    let mut found: Vec<_> =
        headers.iter().map(|(name, value)| format!("{name}: {}", value.as_bytes().escape_ascii())).collect();
    found.sort();
    assert_eq!(
        found,
        [
            "content-type: image/png",
            "host: h",
            "origin: o",
            "x-oss-meta-a: \\xc3\\xbc",
            "x-oss-storage-class: IA",
            "x-oss-traffic-limit: 819200",
        ]
    );
    let of = |pairs: &[(&str, &str)], part: &FilePart| fields(pairs).content_type(part).map(str::to_owned);
    assert_eq!(of(&[("content-type", "a/b")], &part).as_deref(), Some("text/plain"));
    assert_eq!(of(&[("content-type", "a/b")], &FilePart::default()).as_deref(), Some("a/b"));
    assert!(fields(&[("x-oss-meta-a", "a\r\nx-oss-object-acl: public-read")]).headers(&request, &part).is_err());
}

const NOW: i64 = 1_790_000_000_000;

/// Checks a policy with these conditions against these fields: the sizes, or the refusal.
fn check(conditions: &str, pairs: &[(&str, &str)]) -> Result<SizeRange, InvalidForm> {
    let json = format!(r#"{{"expiration":"2026-09-22T00:00:00.000Z","conditions":{conditions}}}"#);
    let form = fields(pairs);
    FormPolicy::parse(json.as_bytes())?
        .check(Timestamp::from_unix_ms(NOW), |name| form.get(name).map(|value| Cow::Owned(value.to_owned())))
}

#[test]
fn conditions_of_every_kind_hold_or_fail() {
    let pairs = [("key", "user/a"), ("content-type", "image/png"), ("X-Oss-Meta-A", "1")];
    for (conditions, holds) in [
        (r#"[{"key":"user/a"}]"#, true),
        (r#"[{"KEY":"user/a"}]"#, true),
        (r#"[{"key":"user"}]"#, false),
        (r#"[{"x-oss-meta-a":1}]"#, true),
        (r#"[["eq","$key","user/a"]]"#, true),
        (r#"[["EQ","$Key","user/A"]]"#, false),
        (r#"[["eq","key","user/a"]]"#, true),
        (r#"[["eq","$missing",""]]"#, true),
        (r#"[["eq","$missing","x"]]"#, false),
        (r#"[["starts-with","$key","user/"]]"#, true),
        (r#"[["starts-with","$key","users/"]]"#, false),
        (r#"[["starts-with","$missing",""]]"#, true),
        (r#"[["in","$content-type",["image/jpg","image/png"]]]"#, true),
        (r#"[["in","$content-type",["image/jpg"]]]"#, false),
        (r#"[["in","$content-type",[]]]"#, false),
        (r#"[["not-in","$cache-control",["no-cache"]]]"#, true),
        (r#"[["not-in","$content-type",["image/png"]]]"#, false),
        (r#"[{"key":"user/a"},["starts-with","$key","x"]]"#, false),
    ] {
        match check(conditions, &pairs) {
            Ok(_) => assert!(holds, "{conditions}"),
            Err(InvalidForm::ConditionFailed(_)) => assert!(!holds, "{conditions}"),
            Err(other) => panic!("{conditions}: {other:?}"),
        }
    }
    let shown = check(r#"[["starts-with","$Key","x\""]]"#, &pairs).unwrap_err();
    assert_eq!(shown, InvalidForm::ConditionFailed(r#"["starts-with", "$key", "x\""]"#.into()));
    let ranges = check(r#"[["content-length-range",1,100],["content-length-range","0","50"]]"#, &[]);
    assert_eq!(ranges, Ok(SizeRange { min: 1, max: 50 }));
    assert_eq!(check(r#"[{"key":""}]"#, &[]), Ok(SizeRange { min: 0, max: u64::MAX }));
}

#[test]
fn policies_expire_to_the_millisecond() {
    let at = |ms: i64| {
        FormPolicy::parse(br#"{"expiration":"2026-01-01T12:00:00.000+08:00","conditions":[{"a":""}]}"#)
            .unwrap()
            .check(Timestamp::from_unix_ms(ms), |_| None)
    };
    let expiration = 1_767_240_000_000;
    assert!(at(expiration).is_ok() && at(0).is_ok());
    assert_eq!(at(expiration + 1), Err(InvalidForm::PolicyExpired));
}

#[test]
fn policies_that_are_not_understood_are_refused() {
    let deep = format!("[{}{}]", "[".repeat(100_000 / 2 - 40), "]".repeat(10));
    let many = format!("[{}]", vec![r#"{"a":""}"#; 501].join(","));
    for conditions in [
        "[]",
        "{}",
        "null",
        "1",
        "[1]",
        "[[]]",
        r#"[["eq","$a"]]"#,
        r#"[["eq","$a","b","c"]]"#,
        r#"[["matches","$a","b"]]"#,
        r#"[["eq",1,"b"]]"#,
        r#"[["eq","$a",["b"]]]"#,
        r#"[["eq","$a",null]]"#,
        r#"[["in","$a","b"]]"#,
        r#"[["in","$a",[["b"]]]]"#,
        r#"[["not-in","cache-control","no-cache"]]"#,
        r#"[{}]"#,
        r#"[{"a":"b","c":"d"}]"#,
        r#"[{"a":["b"]}]"#,
        r#"[["content-length-range",1]]"#,
        r#"[["content-length-range",-1,5]]"#,
        r#"[["content-length-range",5,1]]"#,
        r#"[["content-length-range",1.5,5]]"#,
        r#"[["content-length-range","x",5]]"#,
        r#"["eq","$a","b"]"#,
        "[",
        deep.as_str(),
        many.as_str(),
    ] {
        let refused = check(conditions, &[]);
        assert!(matches!(refused, Err(InvalidForm::Policy(_))), "{conditions:.60}: {refused:?}");
    }
    for json in [
        "",
        "[]",
        r#"{"conditions":[{"a":""}]}"#,
        r#"{"expiration":1,"conditions":[{"a":""}]}"#,
        r#"{"expiration":"tomorrow","conditions":[{"a":""}]}"#,
        r#"{"expiration":"2030-01-01T00:00:00Z"}"#,
    ] {
        assert!(matches!(FormPolicy::parse(json.as_bytes()), Err(InvalidForm::Policy(_))), "{json}");
    }
    assert!(FormPolicy::parse(&vec![b' '; MAX_POLICY_BYTES + 1]).is_err());
    assert!(fields(&[("policy", "a b")]).policy().is_err() && fields(&[("policy", "")]).policy() == Ok(None));
}

#[test]
fn redirects_get_bucket_key_and_entity_tag() {
    let (bucket, key) = (BucketName::parse("photos").unwrap(), ObjectKey::parse("a&b ü").unwrap());
    let etag = ETag::simple([0; 16]);
    let tail = "bucket=photos&etag=%2200000000000000000000000000000000%22&key=a%26b%20%C3%BC";
    for (url, expected) in [
        ("http://h/p", Some(format!("http://h/p?{tail}"))),
        ("https://h/p?a=b", Some(format!("https://h/p?a=b&{tail}"))),
        ("https://h/p?", Some(format!("https://h/p?{tail}"))),
        ("http://h/p#f", Some(format!("http://h/p?{tail}#f"))),
        ("/p", None),
        ("javascript:alert(1)", None),
        ("ftp://h/", None),
        ("http://h/\r\nx: y", None),
        ("", None),
    ] {
        assert_eq!(redirect_url(url, &bucket, &key, etag), expected, "{url}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_alike_in_any_pieces(body in "(--b0|\r\n|--|[a-c: ;=\"]|Content-Disposition: form-data; name=(file|k)){0,30}", piece in 1_usize..20) {
        let whole = read(body.as_bytes(), 100_000);
        let pieces = read(body.as_bytes(), piece);
        prop_assert_eq!(whole, pieces);
    }

    #[test]
    fn any_text_is_a_policy_or_refused(text in "[\\[\\]{}\",:$a-z0-9 -]{0,60}") {
        if let Ok(policy) = FormPolicy::parse(text.as_bytes()) {
            let _ = policy.check(Timestamp::from_unix_ms(NOW), |_| None);
        }
    }
}
