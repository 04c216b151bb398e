//! Versioning on the wire: ids, headers, delete markers, refusals and listings.

use crate::fixture::{expect_error, server};
use coho_testkit::{Oss, Server, http::Response, oss::expect};

const BUCKET: &str = "bucket-b";
const UNKNOWN: &str = "CAEQMxiBgID6v86D0BYiIDc3ZDI0YTBj";

struct Versioned {
    _server: Server,
    oss: Oss,
}

impl Versioned {
    /// With a bucket whose versioning is as it says, and `null` versions of the keys `old` and `k` from before.
    fn new(status: &str) -> Self {
        let (server, oss) = server();
        oss.put_bucket(BUCKET, "private");
        let versioned = Self { _server: server, oss };
        for key in ["old", "k"] {
            let put = versioned.put(key, "before");
            assert_eq!(put.get("x-oss-version-id"), None, "an unversioned bucket names no version: {put:?}");
        }
        versioned.set(status);
        versioned
    }

    fn set(&self, status: &str) {
        let body = format!("<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>");
        expect(200, &self.oss.call(self.oss.request("PUT", &format!("/{BUCKET}/?versioning")).body(body)));
        let state = self.call("GET", "?versioning");
        assert_eq!(state.element("Status").as_deref(), Some(status), "{state:?}");
    }

    fn call(&self, method: &str, target: &str) -> Response {
        self.oss.call(self.oss.request(method, &format!("/{BUCKET}/{target}")))
    }

    fn put(&self, key: &str, body: &str) -> Response {
        let put = self.oss.call(self.oss.request("PUT", &format!("/{BUCKET}/{key}")).body(body));
        expect(200, &put);
        put
    }

    fn copy(&self, source: &str, key: &str) -> Response {
        let request = self.oss.request("PUT", &format!("/{BUCKET}/{key}"));
        self.oss.call(request.header("x-oss-copy-source", &format!("/{BUCKET}/{source}")))
    }

    /// Key, id, what it is and whether it is the latest, in order.
    fn list(&self, query: &str) -> Vec<String> {
        let text = self.call("GET", &format!("?versions{query}")).text();
        let entries = text.split("<Version>").flat_map(|part| part.split("<DeleteMarker>")).skip(1);
        let element = |entry: &str, name: &str| {
            let start = entry.find(&format!("<{name}>")).map(|at| at + name.len() + 2)?;
            Some(entry[start..start + entry[start..].find('<')?].to_owned())
        };
        let shown = |entry: &str| {
            let [key, id, latest] = ["Key", "VersionId", "IsLatest"].map(|name| element(entry, name).unwrap());
            let size = element(entry, "Size").unwrap_or_else(|| "marker".into());
            format!("{key} {id} {size} {latest}")
        };
        entries.map(shown).collect()
    }
}

#[track_caller]
fn id(answer: &Response) -> String {
    answer.get("x-oss-version-id").unwrap_or_else(|| panic!("{answer:?} names a version")).to_owned()
}

#[test]
fn every_version_is_read_by_its_id_and_the_newest_without_one() {
    let site = Versioned::new("Enabled");
    let ids: Vec<String> = ["one", "version two"].map(|body| id(&site.put("k", body))).into();
    assert!(ids[0] != ids[1] && ids[0].len() <= 100, "{ids:?}");
    let all = [("null", "before"), (&ids[0], "one"), (&ids[1], "version two")];
    for (version, body) in all {
        let got = site.call("GET", &format!("k?versionId={version}"));
        expect(200, &got);
        assert_eq!((got.text().as_str(), id(&got).as_str()), (body, version));
        let head = site.call("HEAD", &format!("k?versionId={version}"));
        assert_eq!((head.get("content-length"), head.get("etag")), (Some(&*body.len().to_string()), got.get("etag")));
        for target in ["objectMeta&", "acl&"] {
            let answer = site.call("GET", &format!("k?{target}versionId={version}"));
            expect(200, &answer);
            assert_eq!(id(&answer), version);
        }
    }
    let got = site.call("GET", "k");
    assert_eq!((got.text().as_str(), id(&got)), ("version two", ids[1].clone()));
    let range = site.oss.request("GET", &format!("/{BUCKET}/k?versionId={}", ids[1])).header("Range", "bytes=0-6");
    assert_eq!(site.oss.call(range).text(), "version");
    let listed = [format!("k {} 11 true", ids[1]), format!("k {} 3 false", ids[0]), "k null 6 false".into()];
    assert_eq!(site.list("&prefix=k"), listed);
    let stat = site.call("GET", "?stat");
    let counted = ["ObjectCount", "Storage", "DeleteMarkerCount"].map(|name| stat.element(name).unwrap());
    assert_eq!(counted, ["4", "26", "0"]);
    let info = site.call("GET", "?bucketInfo");
    assert_eq!(info.element("Versioning").as_deref(), Some("Enabled"));
}

#[test]
fn a_delete_marker_hides_the_object_and_names_itself() {
    let site = Versioned::new("Enabled");
    let version = id(&site.put("k", "one"));
    let deleted = site.call("DELETE", "k");
    expect(204, &deleted);
    let marker = id(&deleted);
    assert_eq!(deleted.get("x-oss-delete-marker"), Some("true"));
    for (method, target) in
        [("GET", "k"), ("HEAD", "k"), ("GET", "k?acl"), ("GET", "k?objectMeta"), ("HEAD", "k?objectMeta")]
    {
        let answer = site.call(method, target);
        expect_error(404, "NoSuchKey", &answer);
        assert_eq!((id(&answer), answer.get("x-oss-delete-marker")), (marker.clone(), Some("true")), "{target}");
    }
    for method in ["GET", "HEAD"] {
        let answer = site.call(method, &format!("k?versionId={marker}"));
        expect_error(405, "MethodNotAllowed", &answer);
        assert_eq!(answer.get("allow"), Some("DELETE"));
        assert_eq!((id(&answer), answer.get("x-oss-delete-marker")), (marker.clone(), Some("true")));
    }
    expect_error(404, "NoSuchKey", &site.copy(&format!("k?versionId={marker}"), "copy"));
    expect_error(404, "NoSuchKey", &site.copy("k", "copy"));
    assert_eq!(site.oss.keys(BUCKET), ["old"]);
    assert_eq!(site.list("&prefix=k")[0], format!("k {marker} marker true"));
    let removed = site.call("DELETE", &format!("k?versionId={marker}"));
    assert_eq!((removed.status(), id(&removed), removed.get("x-oss-delete-marker")), (204, marker, Some("true")));
    let got = site.call("GET", "k");
    assert_eq!((got.text().as_str(), id(&got)), ("one", version.clone()));
    let removed = site.call("DELETE", &format!("k?versionId={version}"));
    assert_eq!((removed.status(), id(&removed), removed.get("x-oss-delete-marker")), (204, version, None));
    assert_eq!(site.call("GET", "k").text(), "before", "the next one is current");
}

#[test]
fn while_versioning_is_suspended_the_version_null_is_replaced() {
    let site = Versioned::new("Enabled");
    let kept = id(&site.put("k", "kept"));
    site.set("Suspended");
    for body in ["first", "second!"] {
        assert_eq!(id(&site.put("k", body)), "null");
        assert_eq!(site.list("&prefix=k"), [format!("k null {} true", body.len()), format!("k {kept} 4 false")]);
    }
    let deleted = site.call("DELETE", "k");
    assert_eq!((id(&deleted).as_str(), deleted.get("x-oss-delete-marker")), ("null", Some("true")));
    assert_eq!(site.list("&prefix=k"), ["k null marker true".into(), format!("k {kept} 4 false")]);
    expect(
        200,
        &site
            .oss
            .call(site.oss.request("PUT", &format!("/{BUCKET}/k")).header("x-oss-forbid-overwrite", "true").body("x")),
    );
    let body = "<VersioningConfiguration></VersioningConfiguration>";
    let off = site.oss.call(site.oss.request("PUT", &format!("/{BUCKET}/?versioning")).body(body));
    expect_error(400, "MalformedXML", &off);
}

#[test]
fn an_old_version_is_restored_by_a_copy_of_it_onto_its_key() {
    let site = Versioned::new("Enabled");
    let (first, second) = (id(&site.put("k", "first")), id(&site.put("k", "second")));
    let restored = site.copy(&format!("k?versionId={first}"), "k");
    expect(200, &restored);
    assert_eq!(restored.get("x-oss-copy-source-version-id"), Some(&*first));
    let third = id(&restored);
    assert!(third != first && third != second);
    assert_eq!(site.call("GET", "k").text(), "first");
    // The same onto itself without a version: new headers are a new version.
    let copied = site.copy("k", "k");
    expect(200, &copied);
    assert_eq!(copied.get("x-oss-copy-source-version-id"), Some(&*third));
    assert_eq!(site.list("&prefix=k").len(), 5);
    for version in [third, id(&copied)] {
        expect(204, &site.call("DELETE", &format!("k?versionId={version}")));
    }
    assert_eq!(site.call("GET", &format!("k?versionId={first}")).text(), "first", "it has bytes of its own");
    assert_eq!(site.call("GET", "k").text(), "second");
}

#[test]
fn ids_that_are_no_versions_are_refused_for_what_they_are() {
    let site = Versioned::new("Enabled");
    let version = id(&site.put("k", "one"));
    let long = "A".repeat(101);
    for (query, status, code) in [
        ("", 400, "InvalidArgument"),
        ("%22%3E", 400, "InvalidArgument"),
        (&*long, 400, "InvalidArgument"),
        (UNKNOWN, 404, "NoSuchVersion"),
        (&*version.replace("CAEQ0", "CAEQ1"), 404, "NoSuchVersion"),
        (&*version.to_lowercase(), 404, "NoSuchVersion"),
    ] {
        for (method, key) in
            [("GET", "k?"), ("HEAD", "k?"), ("DELETE", "k?"), ("GET", "k?acl&"), ("GET", "k?objectMeta&")]
        {
            expect_error(status, code, &site.call(method, &format!("{key}versionId={query}")));
        }
        let acl = site.oss.request("PUT", &format!("/{BUCKET}/k?acl&versionId={query}"));
        expect_error(status, code, &site.oss.call(acl.header("x-oss-object-acl", "private")));
        expect_error(status, code, &site.copy(&format!("k?versionId={query}"), "copy"));
    }
    expect_error(404, "NoSuchVersion", &site.call("GET", &format!("other?versionId={version}")));
    for (query, code) in [("&version-id-marker=null", 400), ("&key-marker=k&version-id-marker=%22", 400)] {
        expect_error(code, "InvalidArgument", &site.call("GET", &format!("?versions{query}")));
    }
    expect_error(
        400,
        "InvalidArgument",
        &site.call("GET", &format!("?versions&key-marker=k&version-id-marker={UNKNOWN}")),
    );
    assert_eq!(site.list("").len(), 3, "nothing was deleted");
}

#[test]
fn many_keys_and_versions_are_deleted_at_once() {
    let site = Versioned::new("Enabled");
    let version = id(&site.put("k", "one"));
    let body = format!(
        "<Delete><Object><Key>k</Key><VersionId>{version}</VersionId></Object><Object><Key>old</Key></Object>\
         <Object><Key>none</Key><VersionId>{UNKNOWN}</VersionId></Object>\
         <Object><Key>k</Key><VersionId>{version}</VersionId></Object></Delete>"
    );
    let post = |body: &str| site.oss.call(site.oss.request("POST", &format!("/{BUCKET}/?delete")).body(body));
    let deleted = post(&body);
    expect(200, &deleted);
    let text = deleted.text();
    assert_eq!(text.matches("<Deleted>").count(), 4, "{text}");
    assert_eq!(text.matches("<DeleteMarker>true</DeleteMarker>").count(), 1, "{text}");
    let marker = deleted.element("DeleteMarkerVersionId").unwrap();
    assert_eq!(site.list(""), ["k null 6 true".into(), format!("old {marker} marker true"), "old null 6 false".into()]);
    let malformed = "<Delete><Object><Key>old</Key><VersionId>&lt;</VersionId></Object></Delete>";
    expect_error(400, "InvalidArgument", &post(malformed));
    let by_id = format!("<Delete><Object><Key>old</Key><VersionId>{marker}</VersionId></Object></Delete>");
    assert_eq!(post(&by_id).element("DeleteMarkerVersionId"), Some(marker));
    assert_eq!(site.oss.keys(BUCKET), ["k", "old"]);
}

#[test]
fn a_completed_upload_is_one_version_and_the_bucket_stays_while_it_holds_any() {
    let site = Versioned::new("Enabled");
    let upload = site.call("POST", "k?uploads").element("UploadId").unwrap();
    let part = site.oss.request("PUT", &format!("/{BUCKET}/k?partNumber=1&uploadId={upload}")).body("part");
    let etag = site.oss.call(part).get("etag").unwrap().to_owned();
    let body = format!(
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part></CompleteMultipartUpload>"
    );
    let request = site.oss.request("POST", &format!("/{BUCKET}/k?uploadId={upload}")).body(body);
    let completed = id(&site.oss.call(request));
    assert_eq!(site.list("&prefix=k"), [format!("k {completed} 4 true"), "k null 6 false".into()]);
    for (key, version) in [("k", "null"), ("k", &completed), ("old", "null")] {
        expect_error(409, "BucketNotEmpty", &site.call("DELETE", ""));
        expect(204, &site.call("DELETE", &format!("{key}?versionId={version}")));
    }
    let marker = id(&site.call("DELETE", "none"));
    expect_error(409, "BucketNotEmpty", &site.call("DELETE", ""));
    expect(204, &site.call("DELETE", &format!("none?versionId={marker}")));
    expect(204, &site.call("DELETE", ""));
}

#[test]
fn pages_of_versions_lead_from_one_to_the_next() {
    let site = Versioned::new("Enabled");
    for key in ["k", "a/1", "a/2", "k"] {
        site.put(key, "x");
    }
    let whole = site.list("");
    assert_eq!(whole.len(), 6);
    let (mut seen, mut markers) = (Vec::new(), String::new());
    for _ in 0..whole.len() {
        seen.extend(site.list(&format!("&max-keys=1{markers}")));
        let page = site.call("GET", &format!("?versions&max-keys=1{markers}"));
        let next = |name| page.element(name).unwrap_or_default();
        markers = format!("&key-marker={}&version-id-marker={}", next("NextKeyMarker"), next("NextVersionIdMarker"));
    }
    assert_eq!(seen, whole);
    let grouped = site.call("GET", "?versions&delimiter=/&max-keys=1&encoding-type=url");
    assert_eq!(grouped.element("NextKeyMarker").as_deref(), Some("a%2F"), "{grouped:?}");
    assert_eq!(grouped.element("NextVersionIdMarker").as_deref(), Some(""));
    assert_eq!(site.list("&delimiter=/&key-marker=a/"), whole[2..]);
}

#[test]
fn tags_are_those_of_one_version() {
    let site = Versioned::new("Enabled");
    let (first, second) = (id(&site.put("k", "first")), id(&site.put("k", "second")));
    let tags =
        |value: &str| format!("<Tagging><TagSet><Tag><Key>a</Key><Value>{value}</Value></Tag></TagSet></Tagging>");
    for version in [&first, &second] {
        let request = site.oss.request("PUT", &format!("/{BUCKET}/k?tagging&versionId={version}")).body(tags(version));
        let set = site.oss.call(request);
        assert_eq!((set.status(), id(&set)), (200, version.clone()));
    }
    for (target, version) in [(format!("k?tagging&versionId={first}"), &first), ("k?tagging".into(), &second)] {
        let got = site.call("GET", &target);
        assert_eq!((got.element("Value").as_ref(), &id(&got)), (Some(version), version));
    }
    expect(204, &site.call("DELETE", &format!("k?tagging&versionId={first}")));
    assert_eq!(site.call("GET", &format!("k?tagging&versionId={first}")).element("Value"), None);
    assert_eq!(site.call("GET", "k?tagging").element("Value"), Some(second));
    let marker = id(&site.call("DELETE", "k"));
    expect_error(404, "NoSuchKey", &site.call("GET", "k?tagging"));
    expect_error(405, "MethodNotAllowed", &site.call("GET", &format!("k?tagging&versionId={marker}")));
}

#[test]
fn appends_stay_at_the_version_null() {
    let site = Versioned::new("Enabled");
    let append = |key: &str, position: u64, body: &str| {
        let target = format!("/{BUCKET}/{key}?append&position={position}");
        site.oss.call(site.oss.request("POST", &target).body(body))
    };
    for (position, body) in [(0, "one"), (3, "two")] {
        assert_eq!(id(&append("log", position, body)), "null");
    }
    assert_eq!(site.list("&prefix=log"), ["log null 6 true"]);
    let version = id(&site.put("log", "put"));
    expect_error(409, "ObjectNotAppendable", &append("log", 3, "more"));
    assert_eq!(site.list("&prefix=log"), [format!("log {version} 3 true"), "log null 6 false".into()]);
    assert_eq!(site.call("GET", "log?versionId=null").text(), "onetwo");
}

#[test]
fn an_acl_of_one_version_opens_that_version_alone() {
    let site = Versioned::new("Enabled");
    let (first, second) = (id(&site.put("k", "first")), id(&site.put("k", "second")));
    let acl = site.oss.request("PUT", &format!("/{BUCKET}/k?acl&versionId={first}"));
    let set = site.oss.call(acl.header("x-oss-object-acl", "public-read"));
    assert_eq!((set.status(), id(&set)), (200, first.clone()));
    let anonymous = |target: &str| site.oss.anonymous(&site.oss.request("GET", &format!("/{BUCKET}/{target}")));
    assert_eq!(anonymous(&format!("k?versionId={first}")).text(), "first");
    for target in
        ["k".into(), format!("k?versionId={second}"), format!("k?versionId={}", first.replace("CAEQ0", "CAEQ1"))]
    {
        expect_error(403, "AccessDenied", &anonymous(&target));
    }
    expect(
        200,
        &site.oss.call(site.oss.request("PUT", &format!("/{BUCKET}/?acl")).header("x-oss-acl", "public-read-write")),
    );
    let destroyed = site.oss.anonymous(&site.oss.request("DELETE", &format!("/{BUCKET}/k?versionId={first}")));
    expect_error(403, "AccessDenied", &destroyed);
    expect(204, &site.oss.anonymous(&site.oss.request("DELETE", &format!("/{BUCKET}/k"))));
    let marker = id(&site.call("DELETE", "k"));
    let acl = site.oss.request("PUT", &format!("/{BUCKET}/k?acl&versionId={marker}"));
    expect_error(405, "MethodNotAllowed", &site.oss.call(acl.header("x-oss-object-acl", "public-read")));
}

#[test]
fn an_object_that_is_copied_onto_itself_keeps_its_acl() {
    for status in [None, Some("Enabled"), Some("Suspended")] {
        let (server, oss) = server();
        oss.put_bucket(BUCKET, "private");
        let site = Versioned { _server: server, oss };
        if let Some(status) = status {
            site.set(status);
        }
        let put = site.oss.request("PUT", &format!("/{BUCKET}/k")).header("x-oss-object-acl", "public-read");
        expect(200, &site.oss.call(put.body("v")));
        let grant = |key: &str| site.call("GET", &format!("{key}?acl")).element("Grant");
        for encryption in [None, Some("AES256")] {
            let copy = site.oss.request("PUT", &format!("/{BUCKET}/k")).header("x-oss-metadata-directive", "REPLACE");
            let copy = encryption.into_iter().fold(copy, |copy, it| copy.header("x-oss-server-side-encryption", it));
            expect(200, &site.oss.call(copy.header("x-oss-copy-source", &format!("/{BUCKET}/k")).body("")));
            assert_eq!(grant("k").as_deref(), Some("public-read"), "{status:?} {encryption:?}");
        }
        expect(200, &site.copy("k", "other"));
        assert_eq!(grant("other").as_deref(), Some("default"), "a copy has an ACL of its own");
        let copy = site.oss.request("PUT", &format!("/{BUCKET}/k")).header("x-oss-object-acl", "private");
        expect(200, &site.oss.call(copy.header("x-oss-copy-source", &format!("/{BUCKET}/k")).body("")));
        assert_eq!(grant("k").as_deref(), Some("private"));
    }
}

#[test]
fn what_is_refused_about_a_delete_marker_names_its_method_and_allows_a_delete() {
    let site = Versioned::new("Enabled");
    site.put("k", "one");
    let marker = id(&site.call("DELETE", "k"));
    let tags = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>";
    for (method, subresource, body) in [
        ("GET", "", ""),
        ("HEAD", "", ""),
        ("GET", "acl&", ""),
        ("PUT", "acl&", ""),
        ("GET", "tagging&", ""),
        ("PUT", "tagging&", tags),
        ("DELETE", "tagging&", ""),
    ] {
        let request = site.oss.request(method, &format!("/{BUCKET}/k?{subresource}versionId={marker}"));
        let request = if subresource == "acl&" { request.header("x-oss-object-acl", "private") } else { request };
        let answer = site.oss.call(if matches!(method, "PUT" | "POST") { request.body(body) } else { request });
        expect_error(405, "MethodNotAllowed", &answer);
        assert_eq!(answer.error("Method").as_deref(), Some(method), "{subresource}: {answer:?}");
        assert_eq!(answer.error("ResourceType").as_deref(), Some("DeleteMarker"), "{method} {subresource}");
        assert_eq!((answer.get("allow"), id(&answer)), (Some("DELETE"), marker.clone()), "{method} {subresource}");
    }
}
