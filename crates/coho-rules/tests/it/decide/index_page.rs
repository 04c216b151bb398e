//! The page of the root and of directories.

use super::Row;

const ROOT: &str = "index=index.html";
const SUB: &str = "index=index.html subdir";

pub(super) const ROWS: &[Row] = &[
    ("§3.2 root, anonymous: the index object", ROOT, "GET /", "index.html", "200 index.html"),
    ("§3.2 root, signed: ListObjects", ROOT, "GET / signed", "index.html", "list"),
    ("§3.2 root, presigned: ListObjects", ROOT, "GET / presigned", "index.html", "list"),
    ("§3.2 root, anonymous, no IndexDocument: ListObjects", "error=e.html", "GET /", "e.html", "list"),
    ("§1 an empty Suffix is not set", "index=; error=e.html", "GET /", "e.html", "list"),
    ("§3.2 root, HEAD as GET", ROOT, "HEAD /", "index.html", "200 index.html"),
    ("§3.2 root with a query", ROOT, "GET /?v=1", "index.html", "200 index.html"),
    ("§3.8 root, missing index", ROOT, "GET /", "", "404"),
    ("§3.7 root, missing index: the error page", "index=index.html; error=e.html", "GET /", "e.html", "404 e.html"),
    ("§3.1 root, the index is not readable", ROOT, "GET /", "403:index.html", "403"),
    (
        "§3.1 root, the index is not readable: a page for it",
        "index=i.html; 1 External host=n.test code=403 key=login",
        "GET /",
        "403:i.html",
        "301 http://n.test/login",
    ),
    ("§2.1 SupportSubDir false: the root index", ROOT, "GET /sub/", "index.html sub/index.html", "200 index.html"),
    (
        "§2.1 SupportSubDir true: the directory's own",
        SUB,
        "GET /sub/",
        "index.html sub/index.html",
        "200 sub/index.html",
    ),
    ("§2.1 SupportSubDir true: deep", SUB, "GET /a/b/", "a/b/index.html", "200 a/b/index.html"),
    ("§2.1 SupportSubDir true: the root", SUB, "GET /", "index.html", "200 index.html"),
    ("§2.1 SupportSubDir true: the directory's own is missing", SUB, "GET /sub/", "index.html", "404"),
    (
        "§2.1 SupportSubDir true: missing, the error page",
        "index=index.html subdir; error=e.html",
        "GET /sub/",
        "e.html",
        "404 e.html",
    ),
    ("§3.2 a key ending in /, presigned", SUB, "GET /sub/ presigned", "sub/index.html", "200 sub/index.html"),
    ("§3 SDKs: a key ending in /, signed, is the object", SUB, "GET /sub/ signed", "sub/ sub/index.html", "200 sub/"),
    ("§3 SDKs: a key ending in /, signed and missing", SUB, "GET /sub/ signed", "sub/index.html", "404"),
    ("§3.2 a key ending in /, the object exists too", SUB, "GET /sub/", "sub/ sub/index.html", "200 sub/index.html"),
    ("§3.2 a key ending in /, no IndexDocument", "error=e.html", "GET /sub/", "sub/ e.html", "200 sub/"),
    ("§3.2 a key ending in /, HEAD", SUB, "HEAD /sub/", "sub/index.html", "200 sub/index.html"),
    ("§3.2 a key ending in two slashes", SUB, "GET /sub//", "sub//index.html", "200 sub//index.html"),
    (
        "§3.4 a rule on the requested directory",
        "index=index.html subdir; 1 External host=n.test prefix=old/",
        "GET /old/",
        "old/index.html",
        "301 http://n.test/old/",
    ),
    (
        "§3.4 a rule on the requested root",
        "index=index.html; 1 External host=n.test",
        "GET /",
        "index.html",
        "301 http://n.test/",
    ),
    (
        "§3.4 a rule with a prefix is not about the root",
        "index=index.html; 1 External host=n.test prefix=index",
        "GET /",
        "index.html",
        "200 index.html",
    ),
    (
        "§3.4 a rule at 404 for a missing index",
        "index=index.html; 1 External host=n.test code=404 key=new",
        "GET /",
        "",
        "301 http://n.test/new",
    ),
    ("§3.3 root, listing is refused", "error=e.html", "GET /", "!403", "403"),
    (
        "§3.1 root, listing is refused: a page for it",
        "1 External host=n.test code=403 key=login",
        "GET /",
        "!403",
        "301 http://n.test/login",
    ),
    ("§3.4 root, listing is refused: no rule without a code", "1 External host=n.test", "GET /", "!403", "403"),
    ("§3.4 root, rules do not apply to a listing", "1 External host=n.test", "GET /", "", "list"),
];
