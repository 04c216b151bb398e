//! Values and refusals that the suites of other clients check against the real service.

use std::io::Read;

use coho_testkit::http::Response;
use coho_testkit::oss::{Scheme, expect};
use coho_testkit::{Oss, Server, sign};

use crate::fixture::{expect_error, options, server};

pub(crate) fn with_bucket() -> (Server, Oss) {
    let (server, oss) = server();
    oss.put_bucket("bucket-b", "private");
    (server, oss)
}

pub(crate) fn call(oss: &Oss, method: &str, target: &str, body: &str) -> Response {
    let request = oss.request(method, target);
    oss.call(if method == "GET" { request } else { request.body(body) })
}

/// Documents that are put, and that the bucket answers with from then on.
const CONFIGURATIONS: &[(&str, &str)] = &[
    ("requestPayment", "<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>"),
    (
        "policy",
        r#"{"Version":"1","Statement":[{"Effect":"Deny","Principal":["2000"],"Action":"oss:*","Resource":"acs:oss:*:*:bucket-b/*","Condition":{"NotIpAddress":{"acs:SourceIp":["10.0.0.0/8","::1"]},"DateLessThan":{"acs:CurrentTime":"2030-01-01T00:00:00Z"},"Bool":{"acs:SecureTransport":"true"},"StringLike":{"oss:Prefix":"a*"}}}]}"#,
    ),
    (
        "publicAccessBlock",
        "<PublicAccessBlockConfiguration><BlockPublicAccess>true</BlockPublicAccess></PublicAccessBlockConfiguration>",
    ),
    (
        "cors",
        "<CORSConfiguration><CORSRule><AllowedOrigin>https://*.a.test</AllowedOrigin><AllowedMethod>GET</AllowedMethod>\
         <AllowedHeader>*</AllowedHeader><ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>10</MaxAgeSeconds></CORSRule>\
         <ResponseVary>true</ResponseVary></CORSConfiguration>",
    ),
    (
        "referer",
        "<RefererConfiguration><AllowEmptyReferer>false</AllowEmptyReferer><AllowTruncateQueryString>false\
         </AllowTruncateQueryString><TruncatePath>true</TruncatePath><RefererList><Referer>http://a.test</Referer>\
         </RefererList><RefererBlacklist><Referer>http://b.test</Referer></RefererBlacklist></RefererConfiguration>",
    ),
];

/// Documents that are refused, and the error.
const BAD_CONFIGURATIONS: &[(&str, &str, &str)] = &[
    (
        "requestPayment",
        "<RequestPaymentConfiguration><Payer>Nobody</Payer></RequestPaymentConfiguration>",
        "InvalidArgument",
    ),
    ("requestPayment", "<RequestPayment><Payer>Requester</Payer></RequestPayment>", "MalformedXML"),
    ("policy", "{}", "InvalidPolicyDocument"),
    ("publicAccessBlock", "<PublicAccessBlockConfiguration/>", "MalformedXML"),
    ("cors", "<CORSConfiguration/>", "MalformedXML"),
    ("referer", "<RefererConfiguration/>", "MalformedXML"),
];

#[test]
fn a_configuration_is_answered_as_it_was_put_also_after_a_restart() {
    let (mut server, oss) = with_bucket();
    let check = |oss: &Oss| {
        for (sub_resource, document) in CONFIGURATIONS {
            let answer = call(oss, "GET", &format!("/bucket-b/?{sub_resource}"), "").text();
            assert!(answer.ends_with(document), "{sub_resource}: {answer}");
        }
    };
    for (sub_resource, document) in CONFIGURATIONS {
        expect(200, &call(&oss, "PUT", &format!("/bucket-b/?{sub_resource}"), document));
    }
    check(&oss);
    server.terminate().unwrap();
    server.restart().unwrap();
    check(&Oss::new(&server));
    for (sub_resource, document, code) in BAD_CONFIGURATIONS {
        let refused = call(&Oss::new(&server), "PUT", &format!("/bucket-b/?{sub_resource}"), document);
        expect_error(400, code, &refused);
    }
}

#[test]
fn a_configuration_that_is_not_set_is_answered_as_by_oss() {
    let (_server, oss) = with_bucket();
    oss.put("bucket-b", "k", b"v");
    for (sub_resource, status, expected) in [
        ("?cors", 404, "NoSuchCORSConfiguration"),
        ("?lifecycle", 404, "NoSuchLifecycle"),
        ("?policy", 404, "NoSuchBucketPolicy"),
        ("?encryption", 404, "NoSuchServerSideEncryptionRule"),
        ("?transferAcceleration", 404, "NoSuchTransferAccelerationConfiguration"),
        ("?worm", 404, "NoSuchWORMConfiguration"),
        ("?inventory", 404, "NoSuchInventory"),
        ("?inventory&inventoryId=x", 404, "NoSuchInventory"),
        ("?replication", 404, "NoSuchReplicationConfiguration"),
        ("?website", 404, "NoSuchWebsiteConfiguration"),
        ("?style&styleName=x", 404, "NoSuchStyle"),
        ("?tagging", 200, "<Tagging><TagSet></TagSet></Tagging>"),
        ("?logging", 200, "<BucketLoggingStatus></BucketLoggingStatus>"),
        ("?referer", 200, "<RefererConfiguration><AllowEmptyReferer>true</AllowEmptyReferer>"),
        ("?requestPayment", 200, "<Payer>BucketOwner</Payer>"),
        ("?versioning", 200, "<VersioningConfiguration></VersioningConfiguration>"),
        ("?publicAccessBlock", 200, "<BlockPublicAccess>false</BlockPublicAccess>"),
        ("?policyStatus", 200, "<PolicyStatus><IsPublic>false</IsPublic></PolicyStatus>"),
        ("?accessmonitor", 200, "<Status>Disabled</Status>"),
        ("?resourceGroup", 200, "<ResourceGroupId>rg-default</ResourceGroupId>"),
        ("?qos", 200, "<BucketUserQos><StorageCapacity>-1</StorageCapacity></BucketUserQos>"),
        ("?overwriteConfig", 404, "NoSuchBucketOverwriteConfig"),
        ("?policy&comp=callback", 404, "BucketCallbackPolicyNotExist"),
        ("?accessPoint", 200, "<IsTruncated>false</IsTruncated>"),
        ("?accessPointPolicy", 404, "NoSuchAccessPoint"),
        ("?accessPointForObjectProcess", 404, "NoSuchAccessPointForObjectProcess"),
        ("k?live", 404, "NoSuchLiveChannel"),
        ("missing?live&comp=stat", 404, "NoSuchLiveChannel"),
        ("?cname", 200, "<ListCnameResult><Bucket>bucket-b</Bucket><Owner>"),
        ("k?tagging", 200, "<Tagging><TagSet></TagSet></Tagging>"),
        ("k?symlink", 400, "NotSymlink"),
        ("missing?tagging", 404, "NoSuchKey"),
    ] {
        let target = format!("/bucket-b/{sub_resource}");
        let answer = call(&oss, "GET", &target, "");
        match status {
            200 => {
                expect(200, &answer);
                assert!(answer.text().contains(expected), "{target}: {answer:?}");
            }
            _ => expect_error(status, expected, &answer),
        }
        let missing = format!("/missing-b/{sub_resource}");
        expect_error(404, "NoSuchBucket", &call(&oss, "GET", &missing, ""));
        expect_error(403, "AccessDenied", &oss.anonymous(&oss.request("GET", &target)));
    }
    let oss = oss.scheme(Scheme::V1);
    for sub_resource in ["cors", "lifecycle", "tagging", "policyStatus", "publicAccessBlock"] {
        let answer = call(&oss, "GET", &format!("/bucket-b/?{sub_resource}"), "");
        assert!(matches!(answer.status(), 200 | 404), "signed with V1: {sub_resource}: {answer:?}");
    }
}

#[test]
fn text_is_compressed_for_a_get_that_accepts_gzip_and_asks_for_all_of_it() {
    let (_server, oss) = with_bucket();
    let text = "0123456789".repeat(50_000);
    let put = |key: &str, headers: &[(&str, &str)], body: &str| {
        let request = oss.request("PUT", &format!("/bucket-b/{key}"));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
        expect(200, &oss.call(request.body(body)));
    };
    let plain = ("Content-Type", "text/plain; charset=utf-8");
    put("k", &[plain], &text);
    put("short", &[plain], &text[..1023]);
    put("image", &[("Content-Type", "image/png")], &text);
    put("encoded", &[plain, ("Content-Encoding", "br")], &text);
    let gzip = ("Accept-Encoding", "gzip, deflate");
    let get = |method: &str, target: &str, headers: &[(&str, &str)]| {
        let request = oss.request(method, &format!("/bucket-b/{target}"));
        oss.call(headers.iter().fold(request, |request, (name, value)| request.header(name, value)))
    };
    for target in ["k", "k?response-content-language=de", "image?response-content-type=text%2Fcss"] {
        let answer = get("GET", target, &[gzip]);
        expect(200, &answer);
        assert_eq!((answer.get("content-encoding"), answer.get("vary")), (Some("gzip"), Some("Accept-Encoding")));
        assert_eq!((answer.get("content-length"), answer.get("etag")), (None, None), "{target}");
        assert!(answer.get("x-oss-hash-crc64ecma").is_some() && answer.body.len() < 50_000, "{target}");
        let mut whole = String::new();
        flate2::read::GzDecoder::new(&*answer.body).read_to_string(&mut whole).unwrap();
        assert!(whole == text, "{target}");
    }
    for (method, target, headers, length) in [
        ("GET", "k", &[][..], "500000"),
        ("HEAD", "k", &[gzip], "500000"),
        ("GET", "k", &[("Accept-Encoding", "gzip;q=0")], "500000"),
        ("GET", "k", &[gzip, ("Range", "bytes=0-4999")], "5000"),
        ("GET", "short", &[gzip], "1023"),
        ("GET", "image", &[gzip], "500000"),
        ("GET", "encoded", &[gzip], "500000"),
        ("GET", "k?response-content-encoding=br", &[gzip], "500000"),
    ] {
        let answer = get(method, target, headers);
        assert_eq!(answer.get("content-length"), Some(length), "{method} {target}: {headers:?}");
        assert!(
            answer.get("etag").is_some() && answer.get("content-encoding") != Some("gzip"),
            "{target}: {headers:?}"
        );
    }
    let tag = get("HEAD", "k", &[]).get("etag").unwrap().to_owned();
    expect(304, &get("GET", "k", &[gzip, ("If-None-Match", &tag)]));
}

#[test]
fn a_completion_is_refused_if_its_crc_is_not_that_of_the_object() {
    let (_server, oss) = with_bucket();
    let begun = call(&oss, "POST", "/bucket-b/k?uploads", "");
    let target = format!("/bucket-b/k?uploadId={}", begun.element("UploadId").unwrap());
    let part = call(&oss, "PUT", &format!("{target}&partNumber=1"), "123456789");
    let tag = part.get("etag").unwrap();
    let list = format!(
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{tag}</ETag></Part></CompleteMultipartUpload>"
    );
    for (crc64, status) in [("1", 400), ("nonsense", 400), ("11051210869376104954", 200)] {
        let request = oss.request("POST", &target).header("x-oss-hash-crc64ecma", crc64).body(&*list);
        expect(status, &oss.call(request));
    }
}

#[test]
fn a_multipart_object_is_tagged_and_located_as_by_oss() {
    let (_server, oss) = with_bucket();
    let upload = |key: &str| {
        let begun = call(&oss, "POST", &format!("/bucket-b/{key}?uploads"), "");
        begun.element("UploadId").unwrap()
    };
    let id = upload("a~b");
    let mut list = String::new();
    for (number, body, tag) in [
        (1, "a".repeat(102_400), "302D3A0C8E319EAA95B059B346DE1D1D"),
        (2, "tail".to_owned(), "7AEA2552DFE7EB84B9443B6FC9BA6E01"),
    ] {
        let target = format!("/bucket-b/a~b?partNumber={number}&uploadId={id}");
        let answer = call(&oss, "PUT", &target, &body);
        assert_eq!(answer.get("etag"), Some(format!("\"{tag}\"").as_str()));
        list.push_str(&format!("<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag></Part>"));
    }
    let body = format!("<CompleteMultipartUpload>{list}</CompleteMultipartUpload>");
    let done = call(&oss, "POST", &format!("/bucket-b/a~b?uploadId={id}"), &body);
    expect(200, &done);
    assert_eq!(done.get("etag"), Some("\"0D4E5A0383F9015FCFC87E135E0DFFE6-2\""));
    assert!(done.element("Location").unwrap().ends_with("/bucket-b/a%7Eb"), "{done:?}");
    let listed = call(&oss, "GET", "/bucket-b/?prefix=a", "");
    assert!(listed.text().contains("0D4E5A0383F9015FCFC87E135E0DFFE6-2"), "{listed:?}");
}

fn begin_upload(oss: &Oss, target: &str, acl: Option<&str>) -> String {
    let request = oss.request("POST", &format!("{target}?uploads")).body("");
    let begun = oss.call(acl.iter().fold(request, |request, acl| request.header("x-oss-object-acl", acl)));
    begun.element("UploadId").unwrap_or_else(|| panic!("{begun:?}"))
}

const EMPTY_LIST: &str = "<CompleteMultipartUpload></CompleteMultipartUpload>";

#[test]
fn every_write_honours_the_acl_of_its_object() {
    let (_server, oss) = server();
    oss.put_bucket("bucket-b", "public-read");
    oss.put("bucket-b", "source", b"v");
    let with_acl = |method: &str, target: &str, headers: &[(&str, &str)], body: &str| {
        let request = oss.request(method, target).body(body);
        oss.call(headers.iter().fold(request, |request, (name, value)| request.header(name, value)))
    };
    for (began, completed, granted, anonymous) in [
        (None, Some("private"), "private", 403),
        (Some("public-read-write"), Some("private"), "private", 403),
        (Some("private"), None, "private", 403),
        (Some("private"), Some(""), "private", 403),
        (Some("private"), Some("public-read"), "public-read", 200),
        (None, None, "default", 200),
    ] {
        let id = begin_upload(&oss, "/bucket-b/k", began);
        let acl: Vec<_> = completed.iter().map(|acl| ("x-oss-object-acl", *acl)).collect();
        expect(200, &with_acl("POST", &format!("/bucket-b/k?uploadId={id}"), &acl, EMPTY_LIST));
        let grant = call(&oss, "GET", "/bucket-b/k?acl", "").element("Grant");
        assert_eq!(grant.as_deref(), Some(granted), "{began:?} {completed:?}");
        assert_eq!(oss.get_anonymous("bucket-b", "k").status(), anonymous, "{began:?} {completed:?}");
    }
    let id = begin_upload(&oss, "/bucket-b/other", None);
    let (complete, nonsense) = (format!("/bucket-b/other?uploadId={id}"), ("x-oss-object-acl", "nonsense"));
    for (method, target, headers) in [
        ("POST", "/bucket-b/other?uploads", &[nonsense][..]),
        ("POST", &complete, &[nonsense]),
        ("PUT", "/bucket-b/other", &[nonsense]),
        ("PUT", "/bucket-b/other", &[nonsense, ("x-oss-copy-source", "/bucket-b/source")]),
    ] {
        expect_error(400, "InvalidArgument", &with_acl(method, target, headers, EMPTY_LIST));
    }
    expect(404, &oss.head("bucket-b", "other"));
    let copy = [("x-oss-object-acl", "private"), ("x-oss-copy-source", "/bucket-b/source")];
    expect(200, &with_acl("PUT", "/bucket-b/other", &copy, ""));
    expect(403, &oss.get_anonymous("bucket-b", "other"));
}

#[test]
fn an_empty_list_of_parts_makes_an_empty_object() {
    let (_server, oss) = with_bucket();
    let id = begin_upload(&oss, "/bucket-b/k", None);
    expect(200, &call(&oss, "PUT", &format!("/bucket-b/k?uploadId={id}&partNumber=1"), "dropped"));
    expect(200, &call(&oss, "POST", &format!("/bucket-b/k?uploadId={id}"), EMPTY_LIST));
    let got = oss.get("bucket-b", "k");
    assert_eq!((got.status(), got.body.as_slice(), got.get("content-length")), (200, b"".as_slice(), Some("0")));
    let id = begin_upload(&oss, "/bucket-b/k", None);
    expect_error(400, "MalformedXML", &call(&oss, "POST", &format!("/bucket-b/k?uploadId={id}"), ""));
}

#[test]
fn a_copy_onto_itself_without_headers_keeps_the_metadata() {
    let (_server, oss) = with_bucket();
    let put = |headers: &[(&str, &str)]| {
        let request = oss.request("PUT", "/bucket-b/k").body("");
        expect(200, &oss.call(headers.iter().fold(request, |request, (name, value)| request.header(name, value))));
        let head = oss.head("bucket-b", "k");
        (head.get("content-type").map(str::to_owned), head.get("x-oss-meta-a").map(str::to_owned))
    };
    let some = |text: &str| Some(text.to_owned());
    let copy = ("x-oss-copy-source", "/bucket-b/k");
    let (replace, octets) = (("x-oss-metadata-directive", "REPLACE"), some("application/octet-stream"));
    let first = (some("text/plain"), some("1"));
    assert_eq!(put(&[("Content-Type", "text/plain"), ("x-oss-meta-a", "1")]), first);
    assert_eq!(put(&[copy]), first);
    assert_eq!(put(&[copy, ("x-oss-metadata-directive", "COPY"), ("x-oss-storage-class", "IA")]), first);
    assert_eq!(put(&[copy, ("x-oss-meta-a", "2")]), (octets.clone(), some("2")));
    assert_eq!(put(&[copy, replace]), (octets, None));
}

#[test]
fn an_upload_says_how_its_client_encrypts() {
    let (_server, oss) = with_bucket();
    let headers = [
        ("key", "ClientEncryptionKey", "a2V5"),
        ("start", "ClientEncryptionStart", "c3RhcnQ="),
        ("cek-alg", "ClientEncryptionCekAlg", "AES/CTR/NoPadding"),
        ("wrap-alg", "ClientEncryptionWrapAlg", "RSA/NONE/PKCS1Padding"),
        ("data-size", "ClientEncryptionDataSize", "204800"),
        ("part-size", "ClientEncryptionPartSize", "102400"),
    ];
    let begin =
        headers.iter().fold(oss.request("POST", "/bucket-b/k?uploads").body(""), |request, (name, _, value)| {
            request.header(&format!("x-oss-meta-client-side-encryption-{name}"), value)
        });
    let id = oss.call(begin).element("UploadId").unwrap();
    let listed = call(&oss, "GET", &format!("/bucket-b/k?uploadId={id}"), "");
    for (_, element, value) in headers {
        assert_eq!(listed.element(element).as_deref(), Some(value), "{listed:?}");
    }
    let put = |number: u16, size: usize| {
        let part = call(&oss, "PUT", &format!("/bucket-b/k?partNumber={number}&uploadId={id}"), &"x".repeat(size));
        format!("<Part><PartNumber>{number}</PartNumber><ETag>{}</ETag></Part>", part.get("etag").unwrap())
    };
    let complete = |parts: &str| {
        let list = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
        call(&oss, "POST", &format!("/bucket-b/k?uploadId={id}"), &list)
    };
    let first = put(1, 102_400);
    let too_long = first.clone() + &put(2, 102_401);
    for parts in ["", &first, &too_long] {
        expect_error(400, "InvalidEncryptionRequest", &complete(parts));
    }
    expect(200, &complete(&(first + &put(2, 102_400))));
    let head = oss.head("bucket-b", "k");
    assert_eq!(head.get("x-oss-meta-client-side-encryption-key"), Some("a2V5"), "{head:?}");
}

#[test]
fn errors_about_uploads_have_the_codes_of_their_operation() {
    let (_server, oss) = with_bucket();
    oss.put("bucket-b", "source", b"v");
    let id = "0".repeat(32);
    for (answer, ec) in [
        (oss.call(oss.request("DELETE", &format!("/bucket-b/k?uploadId={id}"))), "0042-00000002"),
        (call(&oss, "GET", &format!("/bucket-b/k?uploadId={id}"), ""), "0042-00000002"),
        (call(&oss, "GET", "/bucket-b/k?uploadId=not-an-id", ""), "0042-00000002"),
        (call(&oss, "PUT", &format!("/bucket-b/k?uploadId={id}&partNumber=1"), "x"), "0042-00000104"),
        (
            oss.call(
                oss.request("PUT", &format!("/bucket-b/k?uploadId={id}&partNumber=1"))
                    .header("x-oss-copy-source", "/bucket-b/source"),
            ),
            "0042-00000311",
        ),
    ] {
        expect_error(404, "NoSuchUpload", &answer);
        assert_eq!(answer.get("x-oss-ec"), Some(ec), "{answer:?}");
        assert!(answer.error("UploadId").is_some(), "{answer:?}");
    }
    oss.delete("bucket-b", "source");
    call(&oss, "POST", "/bucket-b/k?uploads", "");
    let full = oss.call(oss.request("DELETE", "/bucket-b/"));
    expect_error(409, "BucketNotEmpty", &full);
    assert!(full.error("Message").unwrap().starts_with("The bucket has Multipart Uploads."), "{full:?}");
}

#[test]
fn control_characters_of_a_key_survive() {
    let (_server, oss) = with_bucket();
    oss.put("bucket-b", "a\u{b}b", b"v");
    let listed = call(&oss, "GET", "/bucket-b/", "");
    assert!(listed.text().contains("<Key>a&#11;b</Key>"), "{listed:?}");
    let encoded = call(&oss, "GET", "/bucket-b/?encoding-type=url", "");
    assert!(encoded.text().contains("<Key>a%0Bb</Key>"), "{encoded:?}");
    let missing = call(&oss, "GET", "/bucket-b/x%0By", "");
    assert_eq!(missing.error("Key").as_deref(), Some("x%0By"), "{missing:?}");
}

#[test]
fn header_values_are_utf8_and_may_be_empty() {
    let (_server, oss) = with_bucket();
    oss.put("bucket-b", "源", b"source");
    let put = |headers: &[(&str, &str)]| {
        let request = oss.request("PUT", "/bucket-b/copy");
        oss.call(headers.iter().fold(request, |request, (name, value)| request.header(name, value)).body(""))
    };
    expect(200, &put(&[("x-oss-copy-source", "/bucket-b/源")]));
    assert_eq!(oss.get("bucket-b", "copy").body, b"source");
    expect(
        200,
        &put(&[
            ("x-oss-copy-source", ""),
            ("x-oss-object-acl", ""),
            ("x-oss-storage-class", ""),
            ("x-oss-forbid-overwrite", ""),
            ("Content-MD5", ""),
            ("If-Match", ""),
            ("Cache-Control", ""),
        ]),
    );
    let got = oss.get("bucket-b", "copy");
    assert_eq!((got.body.as_slice(), got.get("cache-control")), (b"".as_slice(), None), "{got:?}");
}

#[test]
fn a_key_that_is_not_utf8_is_an_invalid_argument() {
    let (_server, oss) = with_bucket();
    for target in ["/bucket-b/%ff", "/bucket-b/a%C0%AFb", "/bucket-b/?prefix=%ff"] {
        let answer = oss.anonymous(&oss.request("GET", target));
        expect_error(400, "InvalidArgument", &answer);
        assert_eq!(answer.error("Message").as_deref(), Some("The characters encoding must be utf-8."), "{target}");
    }
    expect_error(400, "InvalidObjectName", &oss.anonymous(&oss.request("GET", "/bucket-b/%zz")));
}

#[test]
fn a_raw_plus_of_a_signed_path_is_what_was_signed() {
    let (_server, oss) = with_bucket();
    oss.put("bucket-b", "a b", b"blank");
    oss.put("bucket-b", "a+b", b"plus");
    for scheme in [Scheme::V1, Scheme::V2, Scheme::V4] {
        let oss = oss.clone().scheme(scheme);
        for (key, body) in [("a b", b"blank".as_slice()), ("a+b", b"plus")] {
            let request = oss.signed_as(oss.request("GET", "/bucket-b/a+b"), Some("bucket-b"), Some(key));
            let answer = oss.anonymous(&request);
            assert_eq!((answer.status(), answer.body.as_slice()), (200, body), "{key}: {answer:?}");
        }
    }
    expect(200, &oss.call(oss.request("PUT", "/bucket-b/?acl").header("x-oss-acl", "public-read").body("")));
    assert_eq!(oss.anonymous(&oss.request("GET", "/bucket-b/a+b")).body, b"plus");
}

#[test]
fn numbers_consist_of_digits() {
    let (_server, oss) = with_bucket();
    oss.put("bucket-b", "k", b"v");
    for target in ["/bucket-b/?max-keys=%2B1", "/bucket-b/?uploads&max-uploads=%2B1", "/?max-keys=%2B1"] {
        expect_error(400, "InvalidArgument", &call(&oss, "GET", target, ""));
    }
    let crc = oss.head("bucket-b", "k").get("x-oss-hash-crc64ecma").unwrap().to_owned();
    let put = |crc: &str| oss.call(oss.request("PUT", "/bucket-b/k").header("x-oss-hash-crc64ecma", crc).body("v"));
    expect(200, &put(&crc));
    expect_error(400, "InvalidArgument", &put(&format!("+{crc}")));
}

#[test]
fn a_v4_signature_names_the_product_and_the_region_of_the_operator() {
    let server = Server::start(options().flag("--region", "eu-central-1")).unwrap();
    let oss = Oss::new(&server);
    let with_region = |region| {
        let request = sign::v4(oss.request("GET", "/"), server.credentials(), region, None, None);
        oss.anonymous(&request)
    };
    expect(200, &with_region("eu-central-1"));
    let answer = with_region("cn-hangzhou");
    expect_error(400, "InvalidArgument", &answer);
    assert_eq!(answer.get("x-oss-ec"), Some("0002-00000226"));
    assert_eq!(answer.error("Message").as_deref(), Some("Invalid signing region in Authorization header."));
    let mut request = sign::v4(oss.request("GET", "/"), server.credentials(), "eu-central-1", None, None);
    for (name, value) in &mut request.headers {
        if name.eq_ignore_ascii_case("authorization") {
            *value = value.replace("/oss/", "/ecs/");
        }
    }
    let answer = oss.anonymous(&request);
    expect_error(400, "InvalidArgument", &answer);
    assert_eq!(answer.get("x-oss-ec"), Some("0002-00000227"));
    assert_eq!(answer.error("Message").as_deref(), Some("Invalid signing product in Authorization header."));
}
