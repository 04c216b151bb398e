//! Signatures made by the official Python SDKs of OSS, for one key pair at one moment.
use super::Signer;

/// Mon, 23 Nov 2026 08:00:00 GMT
const NOW: u64 = 1_795_420_800;
const AK: &str = "LTAI5tTestAccessKeyId";
const SK: &str = "TestAccessKeySecret0123456789";

struct Case<'a> {
    method: &'a str,
    bucket: &'a str,
    path: &'a str,
    query: &'a str,
    headers: &'a [(&'a str, &'a str)],
}

fn check(kind: &str, c: Case, expected: &str) {
    let mut out = String::new();
    let signer = Signer::at(NOW, kind, AK, SK, "cn-hangzhou", "", c.bucket);
    signer.sign(c.method, c.path, c.query, c.headers, &mut out);
    assert_eq!(out, expected, "{kind} {} /{}{}", c.method, c.bucket, c.path);
}

fn oss1(c: Case, signature: &str) {
    let expected = format!("date: Mon, 23 Nov 2026 08:00:00 GMT\r\nauthorization: OSS {AK}:{signature}\r\n");
    check("oss1", c, &expected);
}

fn oss4(c: Case, signature: &str) {
    let expected = format!(
        "x-oss-date: 20261123T080000Z\r\nx-oss-content-sha256: UNSIGNED-PAYLOAD\r\nauthorization: OSS4-HMAC-SHA256 Credential={AK}/20261123/cn-hangzhou/oss/aliyun_v4_request,Signature={signature}\r\n"
    );
    check("oss4", c, &expected);
}

const GET: Case = Case { method: "GET", bucket: "examplebucket", path: "/", query: "", headers: &[] };
const PUT: Case = Case { method: "PUT", ..GET };

#[test]
fn oss_v1_requests_without_other_headers() {
    oss1(Case { bucket: "", ..GET }, "q/Sytt+QxOr4/23k3U/M4R5KIJI=");
    oss1(Case { query: "website", ..GET }, "m4+ynYfVx8AcWF3C57/JUzXylKI=");
    oss1(Case { path: "/%E7%9B%AE%E5%BD%95/a%20b%2Bc.jpg", ..GET }, "N7WbjEEXPIzjqE89ZWOhLmQDNTU=");
    let query = "foo=not-signed&response-content-type=image%2Fpng%3B%20q%3D1&versionId=CAEQ&x-oss-process=image%2Fresize%2Cw_100";
    oss1(Case { path: "/a.jpg", query, ..GET }, "SHYHYVmae4DXAx6cPEAK1/7/Y/M=");
}

#[test]
fn oss_v1_signs_content_headers_and_x_oss_headers() {
    let headers = &[("Content-Type", "application/octet-stream")];
    let query = "partNumber=1&uploadId=0004B9895DBBB6EC98E36";
    oss1(Case { path: "/big.bin", query, headers, ..PUT }, "rcudDNTdY7SwPVovCHbVtLt/Cbs=");
    let headers = &[("Content-Type", "text/plain"), ("x-oss-security-token", "CAISTestSecurityToken+/==")];
    oss1(Case { path: "/k", headers, ..PUT }, "99eWUum+C+MRER1OGlus4wTaHQY=");
    let headers = &[
        ("Content-MD5", "eB5eJF1ptWaXm4bijSPyxw=="),
        ("Content-Type", "text/html"),
        ("x-oss-meta-author", "foo@bar.com"),
        ("x-oss-magic", "abracadabra"),
    ];
    oss1(Case { path: "/dir/nelson.txt", headers, ..PUT }, "0brT3m9W2vwCOhg1Om1KeQKULjY=");
}

#[test]
fn oss_v4_requests_without_other_headers() {
    oss4(Case { bucket: "", ..GET }, "2adbedb6b089793196c618e0730f9dfa09df1ea469ce476dc88f6899bac43829");
    let query = "delimiter=%2F&encoding-type=url&list-type=2&max-keys=10&prefix=a%2Fb%20c";
    oss4(Case { query, ..GET }, "7e5367ff824b6176370e06632674db957507723b394f2defaa19c87c092c93d4");
}

#[test]
fn oss_v4_signs_content_headers_and_x_oss_headers() {
    let headers =
        &[("Content-Type", "text/plain"), ("x-oss-meta-author", "foo"), ("Content-MD5", "eB5eJF1ptWaXm4bijSPyxw==")];
    let put = Case { path: "/dir/a%20b%2B~%E7%9B%AE.txt", headers, ..PUT };
    oss4(put, "b0629d221441d1a8061897fa547624c3182e2f8f73b9797f07b19de1a6f63f3a");
    let headers = &[("Content-Type", "application/xml"), ("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg==")];
    let website = Case { query: "website", headers, ..PUT };
    oss4(website, "5a08c6c89b14f4fab13d449f544d6847dc9c9fd03a010dba0569a133d3c78540");
    let headers = &[("x-oss-security-token", "CAISTestSecurityToken+/==")];
    let delete = Case { method: "DELETE", path: "/k", query: "versionId=CAEQ%2B%2F%3D", headers, ..GET };
    oss4(delete, "421232c8c74ef9acf3bf1b9d611c357cfc152743918f968d931f9275540c5b68");
}
