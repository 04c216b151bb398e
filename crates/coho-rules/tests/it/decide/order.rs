//! One pass over one ordered list.

use super::Row;

const THREE: &str = "30 External host=c.test; 10 External host=a.test prefix=img/; 20 External host=b.test suffix=.png";
const PARTS: &str = "1 Mirror url=http://o/ prefix=m/; 2 External host=n.test";
const HIDDEN: &str = "1 External host=n.test prefix=p/ key=sorry.html; 2 Mirror url=http://o/";

pub(super) const ROWS: &[Row] = &[
    ("§2.1 RuleNumber: ascending, not document order", THREE, "GET /img/x.png", "", "301 http://a.test/img/x.png"),
    ("§2.1 RuleNumber: the next", THREE, "GET /doc/x.png", "", "301 http://b.test/doc/x.png"),
    ("§2.1 RuleNumber: the last", THREE, "GET /doc/x.gif", "", "301 http://c.test/doc/x.gif"),
    (
        "§2.1 RuleNumber need not be contiguous",
        "4000000000 External host=z.test; 7 External host=a.test prefix=a",
        "GET /b",
        "",
        "301 http://z.test/b",
    ),
    (
        "§3.5 the first rule whose Condition matches decides",
        "1 External host=a.test; 2 External host=b.test prefix=x",
        "GET /x",
        "",
        "301 http://a.test/x",
    ),
    ("§3.4 Mirror and redirects in one list: Mirror first", PARTS, "GET /m/x", "", "mirror http://o/m/x as m/x"),
    ("§3.4 Mirror and redirects in one list: not its prefix", PARTS, "GET /n/x", "", "301 http://n.test/n/x"),
    ("§3.4 Mirror is eligible at 404 alone, so the next rule", PARTS, "GET /m/x", "m/x", "301 http://n.test/m/x"),
    (
        "§3.4 a redirect before Mirror",
        "1 External host=n.test; 2 Mirror url=http://o/",
        "GET /x",
        "",
        "301 http://n.test/x",
    ),
    (
        "§3.4 a redirect at another status before Mirror",
        "1 External host=n.test code=403; 2 Mirror url=http://o/",
        "GET /x",
        "",
        "mirror http://o/x as x",
    ),
    ("§3.4 without a code at 200", HIDDEN, "GET /p/x", "p/x", "301 http://n.test/sorry.html"),
    ("§3.4 without a code at 404", HIDDEN, "GET /p/x", "", "301 http://n.test/sorry.html"),
    ("§3.4 without a code not at 403", HIDDEN, "GET /p/x", "403:p/x", "403"),
    ("§3.4 without a code not at 500", HIDDEN, "GET /p/x", "!500", "500"),
    (
        "§3.4 with a code only at that status",
        "1 External host=n.test code=404; 2 External host=m.test code=403",
        "GET /x",
        "403:x",
        "301 http://m.test/x",
    ),
    (
        "§3.4 with a code only at that status",
        "1 External host=n.test code=404; 2 External host=m.test code=403",
        "GET /x",
        "x",
        "200 x",
    ),
    (
        "§3.5 whether or not the origin has the object",
        "1 Mirror url=http://o/; 2 Mirror url=http://p/",
        "GET /x",
        "origin404",
        "404",
    ),
    (
        "§3.5 no second rule when the origin has nothing",
        "1 Mirror url=http://o/; 2 External host=n.test",
        "GET /x",
        "origin404",
        "404",
    ),
    ("§3.5 no match and status 200: serve the object", "1 External host=n.test prefix=a", "GET /x", "x", "200 x"),
    ("§3.8 plain 404", "1 External host=n.test prefix=a", "GET /x", "", "404"),
    ("§3.1 authorisation first: 403", "1 Mirror url=http://o/", "GET /x", "403:x", "403"),
    (
        "§3.1 page redirection for 403",
        "1 Mirror url=http://o/; 2 External host=n.test code=403 key=login",
        "GET /x",
        "403:x",
        "301 http://n.test/login",
    ),
    (
        "§3.1 page redirection for 500",
        "1 Mirror url=http://o/; 2 AliCDN host=n.test code=500 key=oops",
        "GET /x",
        "!500",
        "301 http://n.test/oops",
    ),
    ("§3.4 twenty rules, the last", TWENTY, "GET /t", "", "301 http://t.test/t"),
    ("§3.4 twenty rules, none", TWENTY, "GET /u", "", "404"),
];

const TWENTY: &str =
    "20 External host=t.test prefix=t; 19 External host=s.test prefix=s; 18 External host=r.test prefix=r;
17 External host=q.test prefix=q; 16 External host=p.test prefix=p; 15 External host=o.test prefix=o;
14 External host=n.test prefix=n; 13 External host=m.test prefix=m; 12 External host=l.test prefix=l;
11 External host=k.test prefix=k; 10 External host=j.test prefix=j; 9 External host=i.test prefix=i;
8 External host=h.test prefix=h; 7 External host=g.test prefix=g; 6 External host=f.test prefix=f;
5 External host=e.test prefix=e; 4 External host=d.test prefix=d; 3 External host=c.test prefix=c;
2 External host=b.test prefix=b; 1 External host=a.test prefix=a";
