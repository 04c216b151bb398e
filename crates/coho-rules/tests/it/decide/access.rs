//! The steps before the rules, and requests that no rule applies to.

use super::Row;

const DENY: &str = "1 External host=n.test code=403 key=403.html; 2 External host=n.test code=500 key=500.html; 3 External host=n.test code=404 key=404.html";

pub(super) const ROWS: &[Row] = &[
    ("§3.1 403 has its page", DENY, "GET /k", "403:k", "301 http://n.test/403.html"),
    ("§3.1 404 has its page", DENY, "GET /k", "", "301 http://n.test/404.html"),
    ("§3.1 500 has its page", DENY, "GET /k", "!500", "301 http://n.test/500.html"),
    ("§3.1 other errors have none", DENY, "GET /k", "!503", "503"),
    ("§3.1 signed requests get it too", DENY, "GET /k signed", "403:k", "301 http://n.test/403.html"),
    ("§3.1 HEAD gets it too", DENY, "HEAD /k", "403:k", "301 http://n.test/403.html"),
    ("§3.5 200", DENY, "GET /k", "k", "200 k"),
    ("§3.4 authorised requests only", "1 External host=n.test prefix=secret/", "GET /secret/x", "403:secret/x", "403"),
    ("§3.4 authorised requests only, a header", "1 External host=n.test header=x-a", "GET /k h:x-a=1", "403:k", "403"),
    ("§3.4 authorised requests only, Internal", "1 Internal key=open", "GET /k", "403:k open", "403"),
    ("§3.3 authorisation before the object's lookup", "1 External host=n.test code=404", "GET /k", "!403", "403"),
];
