//! Bucket policies: what they give to others, and take from them.

use coho_testkit::Oss;
use coho_testkit::http::Response;
use coho_testkit::oss::expect;

use super::{Accounts, OTHER, OWNER, send, send_unsigned};
use crate::fixture::expect_error;

#[track_caller]
fn put_policy(oss: &Oss, statements: &str) {
    expect(200, &send(oss, "PUT", "/shared-b/?policy", &[], &document(statements)));
}

fn document(statements: &str) -> String {
    format!("{{\"Version\":\"1\",\"Statement\":[{statements}]}}")
}

fn statement(effect: &str, principal: &str, actions: &str, resources: &str) -> String {
    format!(
        "{{\"Effect\":\"{effect}\",\"Principal\":[\"{principal}\"],\"Action\":[{actions}],\"Resource\":[{resources}]}}"
    )
}

#[track_caller]
fn denied(answer: &Response) {
    expect_error(403, "AccessDenied", answer);
    let message = answer.error("Message");
    assert_eq!(message.as_deref(), Some("Access denied by bucket policy."), "{answer:?}");
    assert_eq!(answer.get("x-oss-ec"), Some("0003-00000101"));
}

#[test]
fn an_allow_gives_another_account_what_it_names_and_nothing_else() {
    let Accounts { server: _server, owner, other, .. } = Accounts::start();
    owner.put_bucket("shared-b", "private");
    owner.put("shared-b", "open/k", b"v");
    owner.put("shared-b", "k", b"v");
    let ask = |method: &str, target: &str| send(&other, method, target, &[], "v").status();
    for (method, target) in [("GET", "/shared-b/open/k"), ("PUT", "/shared-b/open/new"), ("GET", "/shared-b/")] {
        assert_eq!(ask(method, target), 403, "{method} {target}");
    }
    let read = statement("Allow", OTHER, "\"oss:GetObject\",\"oss:PutObject\"", "\"acs:oss:*:*:shared-b/open/*\"");
    let list = format!(
        "{{\"Effect\":\"Allow\",\"Principal\":[\"{OTHER}\"],\"Action\":\"oss:ListObjects\",\
         \"Resource\":\"acs:oss:*:{OWNER}:shared-b\",\"Condition\":{{\"StringLike\":{{\"oss:Prefix\":\"open/*\"}}}}}}"
    );
    put_policy(&owner, &format!("{read},{list}"));
    for (method, target, status) in [
        ("GET", "/shared-b/open/k", 200),
        ("HEAD", "/shared-b/open/k", 200),
        ("HEAD", "/shared-b/open/k?objectMeta", 200),
        ("GET", "/shared-b/open/missing", 404),
        ("PUT", "/shared-b/open/new", 200),
        ("POST", "/shared-b/open/m?uploads", 200),
        ("DELETE", "/shared-b/open/new", 403),
        ("GET", "/shared-b/open/k?acl", 403),
        ("GET", "/shared-b/k", 403),
        ("PUT", "/shared-b/k", 403),
        ("GET", "/shared-b/?prefix=open/", 200),
        ("GET", "/shared-b/?list-type=2&prefix=open/", 200),
        ("GET", "/shared-b/", 403),
        ("GET", "/shared-b/?prefix=o", 403),
        ("GET", "/shared-b/?versions&prefix=open/", 403),
        ("GET", "/shared-b/?policy", 403),
        ("PUT", "/shared-b/?acl", 403),
        ("DELETE", "/shared-b/", 403),
    ] {
        assert_eq!(ask(method, target), status, "{method} {target}");
    }
    // A signature is needed: the statement names one account.
    expect(403, &send_unsigned(&owner, "GET", "/shared-b/open/k", &[]));
    // Reading the source of a copy is a right of its own.
    let copy = |source: &str| send(&other, "PUT", "/shared-b/open/copy", &[("x-oss-copy-source", source)], "").status();
    assert_eq!((copy("/shared-b/open/k"), copy("/shared-b/k")), (200, 403));
    expect(204, &send(&owner, "DELETE", "/shared-b/?policy", &[], ""));
    assert_eq!(ask("GET", "/shared-b/open/k"), 403);
    expect_error(404, "NoSuchBucketPolicy", &send(&owner, "GET", "/shared-b/?policy", &[], ""));
}

#[test]
fn a_deny_precedes_the_acl_and_hits_each_key_of_a_request() {
    let Accounts { server: _server, owner, other, .. } = Accounts::start();
    owner.put_bucket("shared-b", "public-read-write");
    for key in ["k", "secret/k"] {
        owner.put("shared-b", key, b"v");
    }
    put_policy(&owner, &statement("Deny", "*", "\"oss:*\"", "\"acs:oss:*:*:shared-b/secret/*\""));
    let delete = |keys: &[&str]| {
        let objects: String = keys.iter().map(|key| format!("<Object><Key>{key}</Key></Object>")).collect();
        send(&other, "POST", "/shared-b/?delete", &[], &format!("<Delete>{objects}</Delete>"))
    };
    for (method, target, headers) in [
        ("GET", "/shared-b/secret/k", &[][..]),
        ("GET", "/shared-b/secret/k?versionId=null", &[]),
        ("HEAD", "/shared-b/secret/k", &[]),
        ("PUT", "/shared-b/secret/k", &[]),
        ("DELETE", "/shared-b/secret/missing", &[]),
        ("PUT", "/shared-b/copy", &[("x-oss-copy-source", "/shared-b/secret/k")]),
        ("PUT", "/shared-b/secret/copy", &[("x-oss-copy-source", "/shared-b/k")]),
    ] {
        denied(&send(&other, method, target, headers, "v"));
        if headers.is_empty() {
            denied(&send_unsigned(&owner, method, target, &[]));
        }
    }
    denied(&delete(&["k", "secret/k"]));
    expect(200, &owner.head("shared-b", "k"));
    expect(200, &delete(&["k"]));
    // Everyone without a condition is everyone but the owner.
    expect(200, &owner.get("shared-b", "secret/k"));
    expect(200, &send_unsigned(&owner, "PUT", "/shared-b/elsewhere", &[]));
}

#[test]
fn a_condition_hits_the_owner_too_who_can_still_replace_the_policy() {
    let Accounts { server: _server, owner, other, .. } = Accounts::start();
    owner.put_bucket("shared-b", "public-read");
    owner.put("shared-b", "k", b"v");
    let with = |condition: &str| {
        let all = statement("Deny", "*", "\"oss:*\"", "\"*\"");
        format!("{},\"Condition\":{{{condition}}}}}", all.strip_suffix('}').unwrap())
    };
    let check = |condition: &str, is_denied: bool| {
        put_policy(&owner, &with(condition));
        for answer in [
            owner.get("shared-b", "k"),
            send(&other, "GET", "/shared-b/k", &[], ""),
            send_unsigned(&owner, "GET", "/shared-b/k", &[]),
        ] {
            if is_denied { denied(&answer) } else { expect(200, &answer) }
        }
        expect(200, &send(&owner, "GET", "/shared-b/?policy", &[], ""));
    };
    check("\"IpAddress\":{\"acs:SourceIp\":\"127.0.0.0/8\"}", true);
    check("\"NotIpAddress\":{\"acs:SourceIp\":[\"127.0.0.0/8\",\"::1\"]}", false);
    check("\"NotIpAddress\":{\"acs:SourceIp\":\"10.0.0.0/8\"},\"StringNotLike\":{\"acs:SourceVpc\":\"vpc-*\"}", true);
    check("\"Bool\":{\"acs:SecureTransport\":\"false\"}", true);
    check("\"Bool\":{\"acs:SecureTransport\":\"true\"}", false);
    check("\"DateLessThan\":{\"acs:CurrentTime\":\"2000-01-01T00:00:00Z\"}", false);
    check("\"DateGreaterThan\":{\"acs:CurrentTime\":\"2000-01-01T00:00:00+08:00\"}", true);
    check("\"StringLike\":{\"acs:UserAgent\":\"robot*\"}", false);
    let robot = send(&other, "GET", "/shared-b/k", &[("User-Agent", "robot/1"), ("X-Forwarded-For", "10.0.0.1")], "");
    denied(&robot);
    check("\"StringEquals\":{\"acs:AccessId\":[\"three\"]}", false);
    check("\"StringNotEquals\":{\"acs:AccessId\":[\"three\",\"four\"]}", true);
    check("\"IpAddress\":{\"acs:SourceIp\":\"*\"}", true);
    denied(&send(&owner, "PUT", "/shared-b/", &[("x-oss-acl", "private")], ""));
    denied(&send(&owner, "DELETE", "/shared-b/?cors", &[], ""));
    expect(204, &send(&owner, "DELETE", "/shared-b/?policy", &[], ""));
    expect(200, &owner.get("shared-b", "k"));
}

#[test]
fn tags_of_objects_and_of_the_bucket_are_conditions() {
    let Accounts { server: _server, owner, other, .. } = Accounts::start();
    owner.put_bucket("shared-b", "private");
    let tagged = |key: &str, tags: &str| {
        let headers: &[(&str, &str)] = if tags.is_empty() { &[] } else { &[("x-oss-tagging", tags)] };
        expect(200, &send(&owner, "PUT", &format!("/shared-b/{key}"), headers, "v"));
    };
    tagged("open", "status=open&a=b");
    tagged("shut", "status=shut");
    tagged("plain", "");
    let bucket_tag = "<Tagging><TagSet><Tag><Key>team</Key><Value>x</Value></Tag></TagSet></Tagging>";
    expect(200, &send(&owner, "PUT", "/shared-b/?tagging", &[], bucket_tag));
    let with = |effect: &str, principal: &str, condition: &str| {
        let all = statement(effect, principal, "\"oss:*Object*\"", "\"acs:oss:*:*:shared-b/*\"");
        format!("{},\"Condition\":{{{condition}}}}}", all.strip_suffix('}').unwrap())
    };
    let check = |condition: &str, expected: [u16; 3]| {
        put_policy(&owner, &with("Allow", OTHER, condition));
        for method in ["GET", "HEAD"] {
            let statuses = ["open", "shut", "plain"]
                .map(|key| send(&other, method, &format!("/shared-b/{key}"), &[], "").status());
            assert_eq!(statuses, expected, "{method} {condition}");
        }
    };
    check("\"StringEquals\":{\"oss:ExistingObjectTag/status\":\"open\"}", [200, 403, 403]);
    check("\"StringLike\":{\"oss:ExistingObjectTag/status\":\"*\"}", [200, 200, 403]);
    check("\"StringEquals\":{\"oss:ExistingObjectTag/status\":[\"\",\"shut\"]}", [403, 200, 403]);
    check("\"StringNotEquals\":{\"oss:ExistingObjectTag/status\":\"shut\"}", [200, 403, 200]);
    check(
        "\"StringEquals\":{\"oss:ExistingObjectTag/status\":\"open\",\"oss:ExistingObjectTag/a\":\"c\"}",
        [403, 403, 403],
    );
    check("\"StringEquals\":{\"oss:BucketTag/team\":\"x\"}", [200, 200, 200]);
    check("\"StringEquals\":{\"oss:BucketTag/team\":\"y\"}", [403, 403, 403]);
    check("\"StringLike\":{\"oss:BucketTag/Team\":\"*\"}", [403, 403, 403]);
    // A deny protects what has the tag from every write, the owner's too, since it has a condition.
    put_policy(&owner, &with("Deny", "*", "\"StringEquals\":{\"oss:ExistingObjectTag/status\":\"shut\"}"));
    for (method, target) in [
        ("GET", "/shared-b/shut"),
        ("PUT", "/shared-b/shut"),
        ("DELETE", "/shared-b/shut"),
        ("GET", "/shared-b/shut?acl"),
        ("GET", "/shared-b/shut?tagging"),
        ("DELETE", "/shared-b/shut?tagging"),
        ("POST", "/shared-b/shut?uploads"),
    ] {
        denied(&send(&owner, method, target, &[], "v"));
    }
    let delete = "<Delete><Object><Key>plain</Key></Object><Object><Key>shut</Key></Object></Delete>";
    denied(&send(&owner, "POST", "/shared-b/?delete", &[], delete));
    denied(&send(&owner, "PUT", "/shared-b/copy", &[("x-oss-copy-source", "/shared-b/shut")], ""));
    expect(200, &owner.get("shared-b", "plain"));
    expect(200, &send(&owner, "PUT", "/shared-b/open", &[], "v"));
}

#[test]
fn versions_have_actions_and_tags_of_their_own() {
    let Accounts { server: _server, owner, other, .. } = Accounts::start();
    owner.put_bucket("shared-b", "private");
    let enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    expect(200, &send(&owner, "PUT", "/shared-b/?versioning", &[], enabled));
    let put = |tags: &[(&str, &str)]| {
        let answer = send(&owner, "PUT", "/shared-b/k", tags, "v");
        expect(200, &answer);
        answer.get("x-oss-version-id").unwrap().to_owned()
    };
    let (first, second) = (put(&[("x-oss-tagging", "status=shut")]), put(&[]));
    let of = |version: &str| format!("/shared-b/k?versionId={version}");
    let copy = |source: &str| send(&other, "PUT", "/shared-b/copy", &[("x-oss-copy-source", source)], "").status();
    let delete = |oss: &Oss, version: Option<&str>| {
        let version = version.map(|id| format!("<VersionId>{id}</VersionId>")).unwrap_or_default();
        let body = format!("<Delete><Object><Key>k</Key>{version}</Object></Delete>");
        send(oss, "POST", "/shared-b/?delete", &[], &body)
    };
    let allow = |actions: &str| put_policy(&owner, &statement("Allow", OTHER, actions, "\"acs:oss:*:*:shared-b/*\""));
    let ask = |method: &str, target: &str| send(&other, method, target, &[], "").status();
    allow("\"oss:GetObject\",\"oss:PutObject\",\"oss:DeleteObject\"");
    assert_eq!((ask("GET", "/shared-b/k"), ask("GET", &of(&first)), ask("HEAD", &of(&first))), (200, 403, 403));
    assert_eq!((ask("DELETE", &of(&first)), delete(&other, Some(&first)).status()), (403, 403));
    assert_eq!(delete(&other, Some("CAEQnotOneOfThem")).status(), 403);
    assert_eq!((copy("/shared-b/k"), copy(&of(&first))), (200, 403));
    allow("\"oss:GetObjectVersion\",\"oss:PutObject\",\"oss:DeleteObjectVersion\"");
    assert_eq!((ask("GET", "/shared-b/k"), ask("GET", &of(&first)), ask("HEAD", &of(&first))), (403, 200, 200));
    assert_eq!((ask("DELETE", "/shared-b/k"), delete(&other, None).status()), (403, 403));
    assert_eq!((copy("/shared-b/k"), copy(&of(&first))), (403, 200));
    // The tags are those of the version that is asked for.
    let shut = "\"Condition\":{\"StringEquals\":{\"oss:ExistingObjectTag/status\":\"shut\"}}";
    let all = statement("Deny", "*", "\"oss:*\"", "\"*\"");
    put_policy(&owner, &format!("{},{shut}}}", all.strip_suffix('}').unwrap()));
    for (method, target) in [("GET", of(&first)), ("DELETE", of(&first)), ("GET", of(&first) + "&tagging")] {
        denied(&send(&owner, method, &target, &[], ""));
    }
    denied(&delete(&owner, Some(&first)));
    expect(200, &owner.get("shared-b", "k"));
    expect(200, &delete(&owner, Some(&second)));
    // Now the version with the tag is the object.
    denied(&owner.get("shared-b", "k"));
    expect(204, &send(&owner, "DELETE", "/shared-b/?policy", &[], ""));
    allow("\"oss:DeleteObjectVersion\"");
    expect(200, &delete(&other, Some(&first)));
    expect(404, &owner.get("shared-b", "k"));
}

#[test]
fn everyone_may_be_allowed_to_read_and_not_to_change_the_bucket() {
    let Accounts { server: _server, owner, .. } = Accounts::start();
    owner.put_bucket("shared-b", "private");
    owner.put("shared-b", "k", b"v");
    let is_public = |expected: &str| {
        let status = send(&owner, "GET", "/shared-b/?policyStatus", &[], "");
        assert_eq!(status.element("IsPublic").as_deref(), Some(expected), "{status:?}");
    };
    is_public("false");
    put_policy(&owner, &statement("Allow", "*", "\"oss:*\"", "\"acs:oss:*:*:shared-b\",\"acs:oss:*:*:shared-b/*\""));
    is_public("true");
    for (method, target, status) in [
        ("GET", "/shared-b/k", 200),
        ("GET", "/shared-b/", 200),
        ("GET", "/shared-b/?bucketInfo", 200),
        ("PUT", "/shared-b/new", 200),
        ("PUT", "/shared-b/?acl", 403),
        ("DELETE", "/shared-b/?policy", 403),
        ("DELETE", "/shared-b/", 403),
    ] {
        expect(status, &send_unsigned(&owner, method, target, &[]));
    }
    put_policy(&owner, &statement("Allow", OTHER, "\"oss:*\"", "\"*\""));
    is_public("false");
    expect(403, &send_unsigned(&owner, "GET", "/shared-b/k", &[]));
}

#[test]
fn a_policy_is_kept_byte_for_byte_and_a_bad_one_changes_nothing() {
    let mut accounts = Accounts::start();
    let owner = accounts.owner.clone();
    owner.put_bucket("shared-b", "private");
    let text = "  {\n\t\"Version\" : \"1\", \"Statement\":[ {\"Effect\":\"Allow\",\"Action\":[\"ram:ListObjects\"],\
                \"Resource\":[\"*\"],\"Condition\":{} } ] }\n";
    expect(200, &send(&owner, "PUT", "/shared-b/?policy", &[], text));
    for bad in ["", "{}", "not JSON", "<Policy/>", &document(&statement("Allow", "1", "\"oss:Fly\"", "\"*\""))] {
        expect_error(400, "InvalidPolicyDocument", &send(&owner, "PUT", "/shared-b/?policy", &[], bad));
    }
    expect_error(400, "EntityTooLarge", &send(&owner, "PUT", "/shared-b/?policy", &[], &" ".repeat(16 * 1024 + 1)));
    accounts.server.terminate().unwrap();
    accounts.server.restart().unwrap();
    let again = Oss::with_credentials(accounts.server.endpoint(), coho_testkit::Credentials::new("one", "s"));
    let kept = send(&again, "GET", "/shared-b/?policy", &[], "");
    assert_eq!((kept.text().as_str(), kept.get("content-type")), (text, Some("application/json")), "{kept:?}");
    expect_error(404, "NoSuchBucket", &send(&again, "PUT", "/missing-b/?policy", &[], text));
}
