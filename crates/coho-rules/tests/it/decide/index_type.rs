//! A missing key that could be a directory.

use super::Row;

const TYPE0: &str = "index=index.html subdir type=0; error=e.html";
const TYPE1: &str = "index=index.html subdir type=1; error=e.html";
const TYPE2: &str = "index=index.html subdir type=2; error=e.html";

pub(super) const ROWS: &[Row] = &[
    ("§2.1 Type 0: 302 to /<key>/", TYPE0, "GET /abc", "abc/index.html e.html", "302 /abc/"),
    ("§2.1 Type: default 0", "index=index.html subdir", "GET /abc", "abc/index.html", "302 /abc/"),
    ("§2.1 Type 0: url-encoded", TYPE0, "GET /a%20b/%E4%B8%AD", "a%20b/%E4%B8%AD/index.html", "302 /a%20b/%E4%B8%AD/"),
    ("§2.1 Type 0: line breaks are encoded", TYPE0, "GET /a%0D%0A", "a%0D%0A/index.html", "302 /a%0D%0A/"),
    (
        "§5 Type 0: relative, in path style with the bucket",
        TYPE0,
        "GET /abc path host=127.0.0.1:9000",
        "abc/index.html",
        "302 /b/abc/",
    ),
    ("§2.1 Type 0: else 404 and ErrorDocument", TYPE0, "GET /abc", "e.html", "404 e.html"),
    ("§2.1 Type 0: else 404 without an error page", "index=index.html subdir type=0", "GET /abc", "index.html", "404"),
    ("§2.1 Type 0: the key exists", TYPE0, "GET /abc", "abc abc/index.html", "200 abc"),
    ("§2.1 Type 0, presigned, readable by anyone", TYPE0, "GET /abc presigned", "abc/index.html e.html", "302 /abc/"),
    (
        "§2.1 Type 0, presigned: the target of a redirect would need a signature of its own",
        TYPE0,
        "GET /abc presigned private",
        "abc/index.html e.html",
        "200 abc/index.html",
    ),
    ("§2.1 Type 0, presigned and missing", TYPE0, "GET /abc presigned private", "e.html", "404 e.html"),
    ("§2.1 Type 0: HEAD", TYPE0, "HEAD /abc", "abc/index.html", "302 /abc/"),
    ("§2.1 Type 0: the page is not readable", TYPE0, "GET /abc", "403:abc/index.html e.html", "404 e.html"),
    ("§2.1 Type 1: ErrorDocument", TYPE1, "GET /abc", "abc/index.html e.html", "404 e.html"),
    ("§2.1 Type 1: plain 404", "index=index.html subdir type=1", "GET /abc", "abc/index.html", "404"),
    ("§2.1 Type 2: the content", TYPE2, "GET /abc", "abc/index.html e.html", "200 abc/index.html"),
    ("§2.1 Type 2: else 404 and ErrorDocument", TYPE2, "GET /abc", "e.html", "404 e.html"),
    ("§2.1 Type 2: HEAD", TYPE2, "HEAD /abc", "abc/index.html", "200 abc/index.html"),
    ("§2.1 Type 2: a key with an extension too", TYPE2, "GET /a.jpg", "a.jpg/index.html", "200 a.jpg/index.html"),
    (
        "§2.1 Type only with SupportSubDir",
        "index=index.html type=2; error=e.html",
        "GET /abc",
        "abc/index.html e.html",
        "404 e.html",
    ),
    (
        "§2.1 Type: a key with a trailing / is a page already",
        TYPE2,
        "GET /abc/",
        "abc//index.html e.html",
        "404 e.html",
    ),
    (
        "§3.6 after the rules",
        "index=index.html subdir; 1 External host=n.test prefix=abc",
        "GET /abc",
        "abc/index.html",
        "301 http://n.test/abc",
    ),
    (
        "§3.6 after a Mirror rule",
        "index=index.html subdir; 1 Mirror url=http://o/ prefix=abc",
        "GET /abc",
        "abc/index.html",
        "mirror http://o/abc as abc",
    ),
    (
        "§3.6 after a Mirror rule that found nothing",
        "index=index.html subdir; 1 Mirror url=http://o/ prefix=abc",
        "GET /abc",
        "abc/index.html origin404",
        "302 /abc/",
    ),
    ("§3.6 before the error page", TYPE2, "GET /abc presigned", "abc/index.html e.html", "200 abc/index.html"),
    ("§3 SDKs keep seeing NoSuchKey", TYPE2, "GET /abc signed", "abc/index.html e.html", "404"),
    ("§3 SDKs keep seeing NoSuchKey, Type 0", TYPE0, "GET /abc signed", "abc/index.html e.html", "404"),
    ("§2.1 Type: not at 403", TYPE2, "GET /abc", "403:abc abc/index.html", "403"),
];
