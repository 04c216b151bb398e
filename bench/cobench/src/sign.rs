//! Request signing: S3 V4, OSS V1 and OSS V4, all in headers and with an unsigned payload.
//! The caller sends the headers that it passes in; `sign` adds only the date and the signature.
use base64::Engine;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// The sub-resources that a bench may send; OSS V1 signs these query parameters and no others.
const OSS1_SUBRESOURCES: &[&str] = &[
    "acl",
    "append",
    "cors",
    "delete",
    "lifecycle",
    "objectMeta",
    "partNumber",
    "position",
    "response-content-type",
    "stat",
    "tagging",
    "uploadId",
    "uploads",
    "versionId",
    "website",
    "x-oss-process",
];

pub enum Signer {
    None,
    S3 { ak: String, key: Vec<u8>, date: String, stamp: String, region: String, host: String },
    Oss1 { ak: String, sk: String, bucket: String, date: String },
    Oss4 { ak: String, key: Vec<u8>, date: String, stamp: String, region: String, bucket: String },
}

impl Signer {
    /// One time stamp for the whole run: a run is far shorter than the 15 minutes servers allow.
    pub fn new(kind: &str, ak: &str, sk: &str, region: &str, host: &str, bucket: &str) -> Signer {
        Signer::at(crate::date::now(), kind, ak, sk, region, host, bucket)
    }

    /// As `new`, signed at `now` (unix seconds). `host` matters to S3 only, `bucket` to OSS only.
    pub fn at(now: u64, kind: &str, ak: &str, sk: &str, region: &str, host: &str, bucket: &str) -> Signer {
        let (date, stamp) = crate::date::day_and_stamp(now);
        let (ak, region) = (ak.to_string(), region.to_string());
        match kind {
            "none" => Signer::None,
            "s3" => {
                let key = derive(&format!("AWS4{sk}"), &[&date, &region, "s3", "aws4_request"]);
                Signer::S3 { ak, key, date, stamp, region, host: host.into() }
            }
            "oss1" => Signer::Oss1 { ak, sk: sk.into(), bucket: bucket.into(), date: crate::date::http(now) },
            "oss4" => {
                let key = derive(&format!("aliyun_v4{sk}"), &[&date, &region, "oss", "aliyun_v4_request"]);
                Signer::Oss4 { ak, key, date, stamp, region, bucket: bucket.into() }
            }
            x => panic!("unknown signer {x}"),
        }
    }

    /// Appends the signature headers. `path` is the request path without query, percent-encoded, below the host (for
    /// OSS: of a virtual-hosted bucket, or of the service when the signer's bucket is empty); `query` is encoded and in
    /// canonical order. `headers` are those the request carries besides: OSS demands that Content-MD5, Content-Type and
    /// x-oss-* be signed, so leaving one out makes the signature wrong (S3 ignores them here).
    pub fn sign(&self, method: &str, path: &str, query: &str, headers: &[(&str, &str)], out: &mut String) {
        let r = Request { method, path, query, headers };
        match self {
            Signer::None => {}
            Signer::S3 { ak, key, date, stamp, region, host } => {
                let scope = format!("{date}/{region}/s3/aws4_request");
                let sig = hexs(&hmac256(key, r.s3(stamp, &scope, host).as_bytes()));
                push(
                    out,
                    format_args!(
                        "x-amz-date: {stamp}\r\nx-amz-content-sha256: UNSIGNED-PAYLOAD\r\nauthorization: AWS4-HMAC-SHA256 Credential={ak}/{scope}, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature={sig}\r\n"
                    ),
                );
            }
            Signer::Oss1 { ak, sk, bucket, date } => {
                let mut h = Hmac::<sha1::Sha1>::new_from_slice(sk.as_bytes()).expect("any key length will do");
                h.update(&r.oss1(date, bucket));
                let sig = base64::engine::general_purpose::STANDARD.encode(h.finalize().into_bytes());
                push(out, format_args!("date: {date}\r\nauthorization: OSS {ak}:{sig}\r\n"));
            }
            Signer::Oss4 { ak, key, date, stamp, region, bucket } => {
                let scope = format!("{date}/{region}/oss/aliyun_v4_request");
                let sig = hexs(&hmac256(key, r.oss4(stamp, &scope, bucket).as_bytes()));
                push(
                    out,
                    format_args!(
                        "x-oss-date: {stamp}\r\nx-oss-content-sha256: UNSIGNED-PAYLOAD\r\nauthorization: OSS4-HMAC-SHA256 Credential={ak}/{scope},Signature={sig}\r\n"
                    ),
                );
            }
        }
    }
}

/// What is signed; the methods give the string to sign of each scheme.
struct Request<'a> {
    method: &'a str,
    path: &'a str,
    query: &'a str,
    headers: &'a [(&'a str, &'a str)],
}

impl Request<'_> {
    fn s3(&self, stamp: &str, scope: &str, host: &str) -> String {
        let Request { method, path, query, .. } = self;
        let canonical = format!(
            "{method}\n{path}\n{query}\nhost:{host}\nx-amz-content-sha256:UNSIGNED-PAYLOAD\nx-amz-date:{stamp}\n\nhost;x-amz-content-sha256;x-amz-date\nUNSIGNED-PAYLOAD"
        );
        format!("AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{}", hexs(&Sha256::digest(canonical.as_bytes())))
    }

    /// Bytes, since keys and values enter it decoded.
    fn oss1(&self, date: &str, bucket: &str) -> Vec<u8> {
        let mut s =
            format!("{}\n{}\n{}\n{date}\n", self.method, self.header("content-md5"), self.header("content-type"));
        for (k, v) in self.sorted_headers(|k| k.starts_with("x-oss-")) {
            push(&mut s, format_args!("{k}:{v}\n"));
        }
        let mut s = s.into_bytes();
        s.extend_from_slice(resource_prefix(bucket).as_bytes());
        s.extend_from_slice(&decoded(self.path));
        let mut mark = b'?';
        for p in self.query.split('&') {
            let name = p.split('=').next().unwrap_or(p);
            if OSS1_SUBRESOURCES.contains(&name) {
                s.push(mark);
                s.extend_from_slice(&decoded(p));
                mark = b'&';
            }
        }
        s
    }

    fn oss4(&self, stamp: &str, scope: &str, bucket: &str) -> String {
        let mut s = format!("{}\n{}{}\n{}\n", self.method, resource_prefix(bucket), self.path, self.query);
        let mut h = self.sorted_headers(|k| k.starts_with("x-oss-") || k == "content-type" || k == "content-md5");
        h.push(("x-oss-content-sha256".into(), "UNSIGNED-PAYLOAD"));
        h.push(("x-oss-date".into(), stamp));
        h.sort();
        for (k, v) in h {
            push(&mut s, format_args!("{k}:{v}\n"));
        }
        s.push_str("\n\nUNSIGNED-PAYLOAD");
        format!("OSS4-HMAC-SHA256\n{stamp}\n{scope}\n{}", hexs(&Sha256::digest(s.as_bytes())))
    }

    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(k, _)| k.eq_ignore_ascii_case(name)).map_or("", |(_, v)| v)
    }

    fn sorted_headers(&self, which: impl Fn(&str) -> bool) -> Vec<(String, &str)> {
        let lower = self.headers.iter().map(|(k, v)| (k.to_ascii_lowercase(), *v));
        let mut h: Vec<_> = lower.filter(|(k, _)| which(k)).collect();
        h.sort();
        h
    }
}

/// `/bucket`, or nothing for a request to the service itself.
fn resource_prefix(bucket: &str) -> String {
    if bucket.is_empty() { String::new() } else { format!("/{bucket}") }
}

fn push(out: &mut String, text: std::fmt::Arguments) {
    out.write_fmt(text).expect("writing to a String cannot fail");
}

fn decoded(s: &str) -> Vec<u8> {
    let b = s.as_bytes();
    let hex = |i: usize| b.get(i).and_then(|x| char::from(*x).to_digit(16));
    let mut out = Vec::with_capacity(b.len());
    let mut i = 0;
    while i < b.len() {
        if let (b'%', Some(high), Some(low)) = (b[i], hex(i + 1), hex(i + 2)) {
            out.push((high * 16 + low) as u8);
            i += 3;
        } else {
            out.push(b[i]);
            i += 1;
        }
    }
    out
}

fn derive(secret: &str, steps: &[&str]) -> Vec<u8> {
    steps.iter().fold(secret.as_bytes().to_vec(), |key, step| hmac256(&key, step.as_bytes()))
}

fn hmac256(k: &[u8], m: &[u8]) -> Vec<u8> {
    let mut h = Hmac::<Sha256>::new_from_slice(k).expect("any key length will do");
    h.update(m);
    h.finalize().into_bytes().to_vec()
}

fn hexs(b: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    b.iter().flat_map(|x| [DIGITS[usize::from(x >> 4)] as char, DIGITS[usize::from(x & 15)] as char]).collect()
}

#[cfg(test)]
mod tests;
