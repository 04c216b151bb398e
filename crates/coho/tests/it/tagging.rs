//! Tags of objects and buckets.

use coho_testkit::Oss;
use coho_testkit::http::Response;
use coho_testkit::oss::expect;

use crate::fixture::expect_error;
use crate::protocol::{call, with_bucket};

fn tagging(pairs: &[(&str, &str)]) -> String {
    let tags: String =
        pairs.iter().map(|(key, value)| format!("<Tag><Key>{key}</Key><Value>{value}</Value></Tag>")).collect();
    format!("<Tagging><TagSet>{tags}</TagSet></Tagging>")
}

/// What `?tagging` answers, and the count that a HEAD shows.
#[track_caller]
fn check(oss: &Oss, key: &str, expected: &[(&str, &str)]) {
    let answer = call(oss, "GET", &format!("/bucket-b/{key}?tagging"), "");
    expect(200, &answer);
    assert!(answer.text().ends_with(&tagging(expected)), "{key}: {answer:?}");
    let count = (!expected.is_empty()).then(|| expected.len().to_string());
    for answer in [oss.head("bucket-b", key), oss.get("bucket-b", key)] {
        assert_eq!(answer.get("x-oss-tagging-count"), count.as_deref(), "{key}: {answer:?}");
    }
}

fn send(oss: &Oss, method: &str, key: &str, headers: &[(&str, &str)], body: &str) -> Response {
    let request = oss.request(method, &format!("/bucket-b/{key}")).body(body);
    oss.call(headers.iter().fold(request, |request, (name, value)| request.header(name, value)))
}

#[test]
fn tags_of_an_object_are_set_counted_and_removed_and_its_date_stays() {
    let (_server, oss) = with_bucket();
    oss.put("bucket-b", "k", b"v");
    let date = oss.head("bucket-b", "k").get("last-modified").map(str::to_owned);
    check(&oss, "k", &[]);
    for tags in [&[("a", "1"), (" +-=._:/", "\u{4e2d}")][..], &[("b", "")], &[]] {
        expect(200, &call(&oss, "PUT", "/bucket-b/k?tagging", &tagging(tags)));
        check(&oss, "k", tags);
    }
    expect(200, &call(&oss, "PUT", "/bucket-b/k?tagging&versionId=null", &tagging(&[("a", "1")])));
    for _ in 0..2 {
        expect(204, &call(&oss, "DELETE", "/bucket-b/k?tagging", ""));
        check(&oss, "k", &[]);
    }
    assert_eq!(oss.head("bucket-b", "k").get("last-modified").map(str::to_owned), date);
    expect_error(404, "NoSuchKey", &call(&oss, "PUT", "/bucket-b/none?tagging", &tagging(&[("a", "1")])));
    expect_error(404, "NoSuchKey", &call(&oss, "DELETE", "/bucket-b/none?tagging", ""));
    let anonymous = oss.request("PUT", "/bucket-b/k?tagging").body(tagging(&[("a", "1")]));
    expect_error(403, "AccessDenied", &oss.anonymous(&anonymous));
}

#[test]
fn tags_come_with_every_kind_of_write() {
    let (_server, oss) = with_bucket();
    let both = [("a", "1"), ("b b", "+")];
    expect(200, &send(&oss, "PUT", "put", &[("x-oss-tagging", "a=1&b%20b=%2B")], "v"));
    check(&oss, "put", &both);
    let began = send(&oss, "POST", "parts?uploads", &[("x-oss-tagging", "a=1&b+b=%2B")], "");
    let upload = began.element("UploadId").unwrap();
    expect(200, &send(&oss, "PUT", &format!("parts?partNumber=1&uploadId={upload}"), &[], "v"));
    expect(200, &send(&oss, "POST", &format!("parts?uploadId={upload}"), &[("x-oss-complete-all", "yes")], ""));
    check(&oss, "parts", &both);
    let copy = |to: &str, headers: &[(&str, &str)]| {
        let headers = [&[("x-oss-copy-source", "/bucket-b/put")], headers].concat();
        send(&oss, "PUT", to, &headers, "")
    };
    let new = ("x-oss-tagging", "c=3");
    for (headers, expected) in [
        (&[][..], &both[..]),
        (&[new], &both),
        (&[("x-oss-tagging-directive", "COPY"), new], &both),
        (&[("x-oss-tagging-directive", "Replace"), new], &[("c", "3")]),
        (&[("x-oss-tagging-directive", "REPLACE")], &[]),
    ] {
        expect(200, &copy("copy", headers));
        check(&oss, "copy", expected);
    }
    expect_error(400, "InvalidArgument", &copy("copy", &[("x-oss-tagging-directive", "Move")]));
    // A copy onto itself: new metadata leaves the tags, and tags are replaced if there are new ones.
    expect(200, &copy("put", &[("x-oss-metadata-directive", "REPLACE"), ("x-oss-meta-a", "b")]));
    check(&oss, "put", &both);
    expect(200, &copy("put", &[new]));
    check(&oss, "put", &[("c", "3")]);
    expect(200, &copy("put", &[("x-oss-tagging-directive", "Replace")]));
    check(&oss, "put", &[]);
    oss.put("bucket-b", "parts", b"w");
    check(&oss, "parts", &[]);
}

#[test]
fn wrong_tags_are_refused_by_name_and_change_nothing() {
    let (_server, oss) = with_bucket();
    expect(200, &send(&oss, "PUT", "k", &[("x-oss-tagging", "a=1")], "v"));
    let many = |count: usize| (0..count).map(|at| format!("k{at}=v")).collect::<Vec<_>>().join("&");
    let long = format!("{}=v", "a".repeat(129));
    for (header, code) in [
        ("a=b=c", "InvalidArgument"),
        ("a=%zz", "InvalidArgument"),
        ("a=1&a=2", "InvalidArgument"),
        ("=1", "InvalidTaggingKey"),
        ("a%25=1", "InvalidTaggingKey"),
        (&*long, "InvalidTaggingKey"),
        ("a=%26", "InvalidTag"),
        (&*many(11), "TooManyObjectTags"),
    ] {
        for (method, target) in [("PUT", "k"), ("POST", "k?uploads")] {
            expect_error(400, code, &send(&oss, method, target, &[("x-oss-tagging", header)], "other"));
        }
        let copy = [("x-oss-copy-source", "/bucket-b/k"), ("x-oss-tagging", header)];
        expect_error(400, code, &send(&oss, "PUT", "copy", &copy, ""));
    }
    let eleven: Vec<_> = (0..11).map(|at| at.to_string()).collect();
    let eleven: Vec<_> = eleven.iter().map(|key| (key.as_str(), "v")).collect();
    for (document, code) in [
        (tagging(&[("a", "1"), ("a", "2")]), "RepeatedTags"),
        (tagging(&[("", "1")]), "InvalidTaggingKey"),
        (tagging(&[("%@abc", "1")]), "InvalidTaggingKey"),
        (tagging(&[("a", "%")]), "InvalidTag"),
        (tagging(&eleven), "TooManyObjectTags"),
        ("<Tagging/>".to_owned(), "MalformedXML"),
        ("<Tagging><TagSet>".to_owned(), "MalformedXML"),
        ("<Other/>".to_owned(), "MalformedXML"),
        (String::new(), "MalformedXML"),
    ] {
        expect_error(400, code, &call(&oss, "PUT", "/bucket-b/k?tagging", &document));
    }
    let large = format!("<Tagging>{}</Tagging>", " ".repeat(70_000));
    assert_eq!(call(&oss, "PUT", "/bucket-b/k?tagging", &large).status(), 400);
    check(&oss, "k", &[("a", "1")]);
    assert_eq!(oss.get("bucket-b", "k").body, b"v");
}

#[test]
fn tags_of_a_bucket_are_kept_and_select_it_in_the_list() {
    let (mut server, oss) = with_bucket();
    oss.put_bucket("bucket-c", "private");
    let put = |bucket: &str, tags: &[(&str, &str)]| call(&oss, "PUT", &format!("/{bucket}/?tagging"), &tagging(tags));
    expect(200, &put("bucket-b", &[("team", "red &amp; blue"), ("cost", "1"), ("x", "")]));
    expect(200, &put("bucket-c", &[("team", "blue")]));
    let shown = |oss: &Oss| call(oss, "GET", "/bucket-b/?tagging", "").text();
    let expected = tagging(&[("team", "red &amp; blue"), ("cost", "1"), ("x", "")]);
    assert!(shown(&oss).ends_with(&expected), "{}", shown(&oss));
    let listed = |query: &str| {
        let text = call(&oss, "GET", &format!("/?{query}"), "").text();
        text.split("<Name>").skip(1).map(|rest| rest.split("</").next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(listed("tag-key=team"), ["bucket-b", "bucket-c"]);
    assert_eq!(listed("tag-key=team&tag-value=blue"), ["bucket-c"]);
    assert_eq!(listed("tag-key=x&tag-value="), ["bucket-b"]);
    assert_eq!(listed("tagging=%22team%22%3A%22blue%22"), ["bucket-c"]);
    assert_eq!(listed("tagging=%22team%22%3A%22none%22"), Vec::<String>::new());
    expect_error(400, "InvalidArgument", &call(&oss, "GET", "/?tagging=team", ""));
    for other in ["tag-key=team", "tag-value=blue"] {
        let both = format!("/?tagging=%22team%22%3A%22blue%22&{other}");
        expect_error(400, "InvalidArgument", &call(&oss, "GET", &both, ""));
    }
    expect_error(400, "NotImplemented", &call(&oss, "GET", "/?tagging=%22a%22:%221%22,%22b%22:%222%22", ""));
    assert_eq!(listed("tag-key=none"), Vec::<String>::new());
    expect_error(400, "MissingArgument", &call(&oss, "GET", "/?tag-value=blue", ""));
    for (tags, code) in [
        (&[("a", "1"), ("a", "2")][..], "RepeatedTags"),
        (&[("aliyun1", "1")], "InvalidTag"),
        (&[(&*"a".repeat(65), "1")], "InvalidTag"),
        (&[("a", &*"v".repeat(129))], "InvalidTag"),
    ] {
        expect_error(400, code, &put("bucket-b", tags));
    }
    let many: Vec<_> = (0..21).map(|at| at.to_string()).collect();
    let many: Vec<_> = many.iter().map(|key| (key.as_str(), "")).collect();
    expect_error(400, "TooManyTags", &put("bucket-b", &many));
    expect(204, &call(&oss, "DELETE", "/bucket-b/?tagging=x,cost,none", ""));
    server.terminate().unwrap();
    server.restart().unwrap();
    let oss = Oss::new(&server);
    assert!(shown(&oss).contains("<TagSet><Tag><Key>team</Key>"), "{}", shown(&oss));
    assert!(!shown(&oss).contains("cost"));
    expect(204, &call(&oss, "DELETE", "/bucket-b/?tagging", ""));
    assert!(shown(&oss).ends_with(&tagging(&[])));
    expect_error(403, "AccessDenied", &oss.anonymous(&oss.request("GET", "/bucket-b/?tagging")));
}
