//! What holds for any input of each parser of untrusted bytes.
//!
//! A target is a plain function that panics if its property does not hold. Its tests run it over the stored corpus and seeded
//! mutations; the workspace `fuzz/` runs it under a coverage-guided fuzzer. Input in several parts is separated by zero bytes.
#![allow(clippy::expect_used, clippy::panic, reason = "a target fails by a panic")]

mod access;
mod callback;
mod documents;
mod form;
mod headers;
mod image;
mod lifecycle;
mod policy;
mod request;
mod sts;
mod tags;
mod website;

pub use access::{cors_xml, referer_xml};
pub use callback::callback;
pub use documents::{encryption_xml, object_list_xml, part_list_xml, setting_xml};
pub use form::{post_form, post_policy};
pub use headers::header_values;
pub use image::image;
pub use lifecycle::lifecycle_xml;
pub use policy::bucket_policy;
pub use request::{authorization, route};
pub use sts::sts;
pub use tags::{tagging, tagging_xml};
pub use website::{decide, website_text, website_xml};

/// A function that takes any input.
#[derive(Debug, Clone, Copy)]
pub struct FuzzTarget {
    /// The name of the binary in `fuzz/` and of the folder in `corpus/`.
    pub name: &'static str,
    /// The property.
    pub run: fn(&[u8]),
    /// Pieces that random bytes would hardly form.
    pub words: &'static [&'static str],
}

const XML: &[&str] = &[
    "<",
    ">",
    "</",
    "/>",
    "&amp;",
    "&#x0;",
    "&#xD;",
    "<![CDATA[",
    "]]>",
    "<!DOCTYPE a>",
    "<?x?>",
    "<!--",
    "-->",
    " a=\"b\"",
    "true",
    "false",
    "Enabled",
    "-1",
    "0",
    "404",
    "18446744073709551616",
    "*",
];
const JSON: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    ",",
    "\\u0000",
    "\\ud800",
    "null",
    "true",
    "1e999",
    "-0",
    "*",
    "acs:oss:*:*:b/*",
    "\"Condition\":{}",
    "\"Effect\":\"Deny\"",
    "\"NotAction\"",
    "\"eq\"",
    "\"starts-with\"",
    "\"content-length-range\"",
];
const TEXT: &[&str] = &[
    "=",
    "&",
    "&&",
    "%00",
    "%",
    "%zz",
    "+",
    ",",
    "-",
    "\"",
    "bytes=",
    "bytes=-0",
    "18446744073709551615",
    "GMT",
    "W/\"",
    "oss:",
    "?uploadId=x",
    "&partNumber=1",
    "AWS4",
    "OSS4-HMAC-SHA256 ",
    "Credential=",
    "Signature=",
    "/aliyun_v4_request",
];
const FORM: &[&str] = &[
    "\r\n",
    "--b",
    "--b--",
    "Content-Disposition: form-data; name=\"",
    "\"; filename=\"",
    "\r\n\r\n",
    "\n",
    "\"",
    "\\\"",
    ";",
];

const IMAGE: &[&str] = &[
    "image/resize,w_10",
    ",h_10",
    ",m_fill",
    "/crop,x_1,y_1,w_5,h_5",
    "/rotate,90",
    "/format,png",
    "/quality,q_50",
    "/info",
    "/auto-orient,1",
    "/circle,r_5",
    "/blur,r_3,s_2",
    "4294967295",
    "\0",
    "IHDR",
    "IDAT",
    "Exif",
    "GIF89a",
];

const STS: &[&str] = &[
    "Action=AssumeRole&",
    "&Version=2015-04-01",
    "&RoleArn=acs:ram::1001:role/r",
    "&RoleSessionName=s",
    "&DurationSeconds=",
    "&Policy=",
    "&SignatureMethod=HMAC-SHA1",
    "&SignatureNonce=",
    "ACS3-HMAC-SHA256 Credential=ak,",
    "SignedHeaders=",
    "Signature=",
    "%7B%22",
    "%00",
    "\0",
    "4294967296",
];

/// All targets.
pub const TARGETS: &[FuzzTarget] = &[
    FuzzTarget { name: "authorization", run: authorization, words: TEXT },
    FuzzTarget { name: "bucket_policy", run: bucket_policy, words: JSON },
    FuzzTarget { name: "callback", run: callback, words: JSON },
    FuzzTarget { name: "cors_xml", run: cors_xml, words: XML },
    FuzzTarget { name: "decide", run: decide, words: XML },
    FuzzTarget { name: "encryption_xml", run: encryption_xml, words: XML },
    FuzzTarget { name: "header_values", run: header_values, words: TEXT },
    FuzzTarget { name: "image", run: image, words: IMAGE },
    FuzzTarget { name: "lifecycle_xml", run: lifecycle_xml, words: XML },
    FuzzTarget { name: "object_list_xml", run: object_list_xml, words: XML },
    FuzzTarget { name: "part_list_xml", run: part_list_xml, words: XML },
    FuzzTarget { name: "post_form", run: post_form, words: FORM },
    FuzzTarget { name: "post_policy", run: post_policy, words: JSON },
    FuzzTarget { name: "referer_xml", run: referer_xml, words: XML },
    FuzzTarget { name: "route", run: route, words: TEXT },
    FuzzTarget { name: "setting_xml", run: setting_xml, words: XML },
    FuzzTarget { name: "sts", run: sts, words: STS },
    FuzzTarget { name: "tagging", run: tagging, words: TEXT },
    FuzzTarget { name: "tagging_xml", run: tagging_xml, words: XML },
    FuzzTarget { name: "website_text", run: website_text, words: JSON },
    FuzzTarget { name: "website_xml", run: website_xml, words: XML },
];

/// The input up to the first zero byte, and after it.
fn parts(input: &[u8]) -> (&[u8], &[u8]) {
    match input.iter().position(|byte| *byte == 0) {
        Some(at) => (&input[..at], &input[at + 1..]),
        None => (input, &[]),
    }
}
