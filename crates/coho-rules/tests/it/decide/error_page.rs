//! The error page for a 404.

use super::Row;

const PAGE: &str = "error=e.html";

pub(super) const ROWS: &[Row] = &[
    ("§2.1 ErrorDocument/Key: the body of a 404", PAGE, "GET /k", "e.html", "404 e.html"),
    ("§2.1 HttpStatus: default 404", "error=errors/404.html", "GET /k", "errors/404.html", "404 errors/404.html"),
    ("§2.1 HttpStatus 404", "error=e.html:404", "GET /k", "e.html", "404 e.html"),
    (
        "§2.1 HttpStatus 200 for single-page applications",
        "error=index.html:200",
        "GET /app/route",
        "index.html",
        "200 index.html",
    ),
    ("§3.7 the object exists", PAGE, "GET /k", "k e.html", "200 k"),
    ("§3.7 HEAD", PAGE, "HEAD /k", "e.html", "404 e.html"),
    ("§3.8 the page is missing", PAGE, "GET /k", "", "404"),
    ("§3.8 the page is not readable", PAGE, "GET /k", "403:e.html", "404"),
    ("§2.1 not for 403", PAGE, "GET /k", "403:k e.html", "403"),
    ("§2.1 not for 500", PAGE, "GET /k", "!500", "500"),
    ("§3 anonymous and presigned", PAGE, "GET /k presigned", "e.html", "404 e.html"),
    ("§3 not for signed requests", PAGE, "GET /k signed", "e.html", "404"),
    ("§3 not for signed requests, HttpStatus 200", "error=e.html:200", "GET /k signed", "e.html", "404"),
    ("§3.7 the page itself is asked for", PAGE, "GET /e.html", "e.html", "200 e.html"),
    ("§3.8 the page itself is asked for and missing", PAGE, "GET /e.html", "", "404"),
    (
        "§3.8 the page itself is asked for, and the origin lacks it",
        "1 Mirror url=http://o/; error=e.html",
        "GET /e.html",
        "origin404",
        "404",
    ),
    (
        "§3.7 after the rules",
        "error=e.html; 1 External host=n.test code=404",
        "GET /k",
        "e.html",
        "301 http://n.test/k",
    ),
    ("§3.7 no rule applies", "error=e.html; 1 External host=n.test code=403", "GET /k", "e.html", "404 e.html"),
    (
        "§3.7 rules about the page's own key do not apply",
        "error=e.html; 1 External host=n.test prefix=e",
        "GET /k",
        "e.html",
        "404 e.html",
    ),
    ("§3.7 a directory without a page", "error=e.html; index=index.html subdir", "GET /d/", "e.html", "404 e.html"),
    ("§3.7 a root without a page", "error=e.html:200; index=index.html", "GET /", "e.html", "200 e.html"),
    (
        "§3.8 index and error page are the same and missing",
        "error=index.html:200; index=index.html",
        "GET /",
        "",
        "404",
    ),
    ("§1 an empty Key is not set", "error=; index=index.html", "GET /k", "index.html", "404"),
];
