//! Uploads by forms (PostObject).

use coho_testkit::Oss;
use coho_testkit::form::{Form, FormVersion};
use coho_testkit::http::{Client, Response};
use coho_testkit::oss::expect;

use crate::fixture::expect_error;
use crate::protocol::{call, with_bucket};
use crate::sharing::{Accounts, OTHER};

const BUCKET: &str = "bucket-b";
const VERSIONS: [FormVersion; 3] = [FormVersion::V1, FormVersion::V2, FormVersion::V4];

/// A policy with these conditions.
fn policy(conditions: &str) -> String {
    format!("{{\"expiration\":\"2999-01-01T00:00:00.000Z\",\"conditions\":{conditions}}}")
}

/// A form that the caller has signed with such a policy.
fn signed(oss: &Oss, version: FormVersion, conditions: &str) -> Form {
    let fields = oss.form_signature(version, &policy(conditions));
    Form::new().fields(fields.iter().map(|(name, value)| (*name, value.as_str())))
}

const ANY: &str = "[{\"bucket\":\"bucket-b\"}]";

#[test]
fn a_form_stores_an_object_with_its_fields_as_headers() {
    let (_server, oss) = with_bucket();
    let body = "0123456789\r\n--".repeat(60_000);
    for version in VERSIONS {
        let form = signed(&oss, version, "[[\"starts-with\",\"$key\",\"dir/\"],[\"content-length-range\",1,900000]]");
        let form = form.fields([
            ("Key", "dir/${filename}"),
            ("x-oss-meta-a", "ü"),
            ("Cache-Control", "no-cache"),
            ("x-oss-storage-class", "IA"),
            ("x-oss-object-acl", "public-read"),
            ("x-oss-tagging", "a=1"),
        ]);
        let form = form.file("C:\\f\\é.txt", "text/plain", body.as_bytes()).field("x-oss-meta-late", "ignored");
        let request = form.request(&oss, "/bucket-b/").header("x-oss-meta-of", "the request").header("Expires", "x");
        let answer = oss.anonymous(&request);
        expect(204, &answer);
        let read = oss.get_anonymous(BUCKET, "dir/é.txt");
        expect(200, &read);
        assert!(read.text() == body, "{version:?}");
        for (name, value) in [
            ("etag", answer.get("etag")),
            ("content-type", Some("text/plain")),
            ("cache-control", Some("no-cache")),
            ("x-oss-storage-class", Some("IA")),
            ("x-oss-tagging-count", Some("1")),
            ("x-oss-object-type", Some("Normal")),
            ("x-oss-meta-late", None),
            ("x-oss-meta-of", None),
            ("expires", None),
        ] {
            assert_eq!(read.get(name), value, "{version:?} {name}: {read:?}");
        }
        oss.delete(BUCKET, "dir/é.txt");
    }
}

#[test]
fn the_answer_is_the_one_that_the_form_wants() {
    let (_server, oss) = with_bucket();
    let post = |fields: &[(&str, &str)]| {
        let form = signed(&oss, FormVersion::V4, ANY).field("key", "a b").fields(fields.iter().copied());
        form.file("f", "text/plain", b"").post(&oss, BUCKET)
    };
    for (status, expected) in [("200", 200), ("201", 201), ("204", 204), ("302", 204), ("", 204), ("x", 204)] {
        let answer = post(&[("success_action_status", status)]);
        expect(expected, &answer);
        assert_eq!(answer.text().is_empty(), expected != 201);
    }
    let created = post(&[("success_action_status", "201")]);
    let location = format!("http://{}/bucket-b/a%20b", oss.address());
    for (element, value) in
        [("Bucket", BUCKET), ("Key", "a b"), ("Location", &location), ("ETag", "\"D41D8CD98F00B204E9800998ECF8427E\"")]
    {
        assert_eq!(created.element(element).as_deref(), Some(value), "{created:?}");
    }
    let redirect =
        post(&[("success_action_status", "201"), ("success_action_redirect", "http://site.example/done?a=b")]);
    expect(303, &redirect);
    let tail = "bucket=bucket-b&etag=%22D41D8CD98F00B204E9800998ECF8427E%22&key=a%20b";
    assert_eq!(redirect.get("location"), Some(&*format!("http://site.example/done?a=b&{tail}")));
    expect(204, &post(&[("success_action_redirect", "javascript:alert(1)")]));
    // Versions, and objects that must not be overwritten.
    let versioning = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    expect_error(409, "FileAlreadyExists", &post(&[("x-oss-forbid-overwrite", "true")]));
    expect(200, &call(&oss, "PUT", "/bucket-b/?versioning", versioning));
    let versioned = post(&[]);
    assert!(versioned.get("x-oss-version-id").is_some(), "{versioned:?}");
}

#[test]
fn a_form_that_is_refused_stores_nothing() {
    let (_server, oss) = with_bucket();
    let sized = "[[\"content-length-range\",3,5]]";
    let form = |conditions: &str| signed(&oss, FormVersion::V4, conditions).field("key", "k");
    let file = |form: Form, body: &[u8]| form.file("f", "text/plain", body).post(&oss, BUCKET);
    let refused = |answer: Response, status: u16, code: &str, text: &str| {
        expect_error(status, code, &answer);
        assert!(answer.text().contains(text), "{answer:?}");
    };
    refused(file(form(sized), b"12"), 400, "EntityTooSmall", "<MinSizeAllowed>3<");
    refused(file(form(sized), b"123456"), 400, "EntityTooLarge", "<MaxSizeAllowed>5<");
    refused(file(form(sized), &vec![b'x'; 3 << 20]), 400, "EntityTooLarge", "<MaxSizeAllowed>5<");
    let condition = "[\"eq\", \"$x-oss-object-acl\", \"private\"]";
    refused(file(form(&format!("[{condition}]")), b"1"), 403, "AccessDenied", "Policy Condition failed");
    refused(file(form("[{\"bucket\":\"other\"}]"), b"1"), 403, "AccessDenied", "$bucket");
    refused(file(form("[[\"in\",\"$content-type\",[\"image/png\"]]]"), b"1"), 403, "AccessDenied", "$content-type");
    refused(file(form("[]"), b"1"), 400, "InvalidPolicyDocument", "Simple-Condition");
    let expired = oss
        .form_signature(FormVersion::V1, "{\"expiration\":\"2020-01-01T00:00:00Z\",\"conditions\":[{\"key\":\"k\"}]}");
    let expired = Form::new().fields(expired.iter().map(|(name, value)| (*name, value.as_str()))).field("key", "k");
    refused(file(expired, b"1"), 403, "AccessDenied", "Policy expired.");
    refused(file(Form::new().field("key", "k"), b"1"), 403, "AccessDenied", "");
    refused(
        file(Form::new().field("key", "k").field("OSSAccessKeyId", "x"), b"1"),
        400,
        "InvalidArgument",
        "signature is empty",
    );
    refused(file(form(ANY).field("x-oss-security-token", "t"), b"1"), 403, "InvalidAccessKeyId", "");
    refused(
        file(signed(&oss, FormVersion::V1, ANY).field("file-name", "k"), b"1"),
        400,
        "InvalidArgument",
        "<ArgumentName>key<",
    );
    refused(file(form(ANY).field("x-oss-storage-class", "Tape"), b"1"), 400, "InvalidArgument", "");
    refused(file(form(ANY).field("callback-var", "e30="), b"1"), 400, "NotImplemented", "callback-var");
    refused(file(form(ANY).field("callback", "e30"), b"1"), 400, "InvalidArgument", "0007-00000002");
    refused(file(form(ANY).field("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg=="), b"1"), 400, "InvalidDigest", "");
    refused(form(ANY).post(&oss, BUCKET), 400, "IncorrectNumberOfFilesInPOSTRequest", "");
    let large = "x".repeat(2 << 20);
    refused(
        file(form(ANY).field("a", &large).field("b", &large).field("c", &large), b"1"),
        400,
        "MaxPOSTPreDataLengthExceededError",
        "",
    );
    refused(file(form(ANY).field("a", &format!("{large}x")), b"1"), 400, "FieldItemTooLong", "<FieldName>a<");
    let text = oss.request("POST", "/bucket-b/").header("Content-Type", "text/plain").body("x");
    refused(oss.anonymous(&text), 400, "RequestIsNotMultiPartContent", "");
    let unbounded = oss.request("POST", "/bucket-b/").header("Content-Type", "multipart/form-data").body("x");
    refused(oss.anonymous(&unbounded), 400, "MalformedPOSTRequest", "boundary");
    refused(form(ANY).file("f", "a/b", b"1").post(&oss, "missing-b"), 404, "NoSuchBucket", "");
    // A form that is cut off, with a length that says so and with one that does not.
    let whole = form(ANY).file("f", "text/plain", &[b'x'; 100_000]);
    let body = whole.body();
    for length in [body.len() - 4, body.len() - 30, 50_000, 1000, 10] {
        let answer = oss.anonymous(&whole.request_of(&oss, "/bucket-b/", &body[..length]));
        refused(answer, 400, "MalformedPOSTRequest", "");
    }
    let mut client = Client::connect(oss.address()).unwrap();
    let head = format!(
        "POST /bucket-b/ HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=CohoFormBoundary\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    client.send_raw(&[head.as_bytes(), &body[..50_000]].concat()).unwrap();
    drop(client);
    assert_eq!(oss.keys(BUCKET), Vec::<String>::new());
}

#[test]
fn a_form_is_admitted_like_a_put() {
    let Accounts { server: _server, owner, other, .. } = Accounts::start();
    owner.put_bucket("form-b", "private");
    let conditions = "[{\"bucket\":\"form-b\"}]";
    let post = |form: Form| form.field("key", "k").file("f", "text/plain", b"1").post(&owner, "form-b");
    let by_other = || post(signed(&other, FormVersion::V4, conditions));
    expect(204, &post(signed(&owner, FormVersion::V4, conditions)));
    expect_error(403, "AccessDenied", &by_other());
    expect_error(403, "AccessDenied", &post(Form::new()));
    let put_policy = |effect: &str, principal: &str| {
        let policy = format!(
            "{{\"Version\":\"1\",\"Statement\":[{{\"Effect\":\"{effect}\",\"Principal\":[\"{principal}\"],\
             \"Action\":[\"oss:PutObject\"],\"Resource\":[\"acs:oss:*:*:form-b/*\"]}}]}}"
        );
        expect(200, &owner.call(owner.request("PUT", "/form-b/?policy").body(&*policy)));
    };
    put_policy("Allow", OTHER);
    expect(204, &by_other());
    expect_error(403, "AccessDenied", &post(Form::new()));
    put_policy("Allow", "*");
    expect(204, &post(Form::new()));
    put_policy("Deny", "*");
    expect_error(403, "AccessDenied", &by_other());
    expect(204, &owner.call(owner.request("DELETE", "/form-b/?policy")));
    // A bucket that anyone may write takes forms without a signature; one who signs must have the right.
    expect(200, &owner.call(owner.request("PUT", "/form-b/?acl").header("x-oss-acl", "public-read-write").body("")));
    expect(204, &post(Form::new()));
    // A signature in the header is not looked at.
    let form = Form::new().field("key", "k").file("f", "text/plain", b"1");
    let request = form.request(&owner, "/form-b/").header("Authorization", "OSS nobody:AAAA");
    expect(204, &owner.anonymous(&request));
    // Those who pay say so in the form.
    let payer = "<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>";
    expect(200, &owner.call(owner.request("PUT", "/form-b/?requestPayment").body(payer)));
    expect_error(403, "AccessDenied", &by_other());
    let paid = post(signed(&other, FormVersion::V4, conditions).field("x-oss-request-payer", "requester"));
    expect(204, &paid);
    assert_eq!(paid.get("x-oss-request-charged"), Some("requester"), "{paid:?}");
}

#[test]
fn pages_of_other_origins_read_answers_and_refusals() {
    let (_server, oss) = with_bucket();
    let cors = "<CORSConfiguration><CORSRule><AllowedOrigin>http://page.example</AllowedOrigin>\
                <AllowedMethod>POST</AllowedMethod></CORSRule></CORSConfiguration>";
    expect(200, &call(&oss, "PUT", "/bucket-b/?cors", cors));
    for (form, status) in [(signed(&oss, FormVersion::V4, ANY), 204), (Form::new(), 403)] {
        let form = form.field("key", "k").file("f", "text/plain", b"1");
        let answer = oss.anonymous(&form.request(&oss, "/bucket-b/").header("Origin", "http://page.example"));
        expect(status, &answer);
        assert_eq!(answer.get("access-control-allow-origin"), Some("http://page.example"), "{answer:?}");
    }
}
