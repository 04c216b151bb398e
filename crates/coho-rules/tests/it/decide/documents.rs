//! The documents of the specification, and the three uses of the feature's own page.

use super::Row;

const RETIRED: &str = "index=index.html subdir type=2; error=index.html:200;
1 External prefix=retired/ proto=https host=new.example.com with=v2/ query status=307";
const MEDIA: &str = "10 Mirror prefix=media/ suffix=.jpg code=404 url=http://127.0.0.1:9001/old/ cut with=pics/";
const MIGRATION: &str = "1 External code=404 proto=https host=old.example.com status=302 query";
const HIDE: &str = "1 External prefix=private/ proto=https host=www.example.com key=notice.html status=302";
const PRESET: &str = "1 External code=404 host=www.example.com key=404.html status=302; 2 External code=500 host=www.example.com key=500.html status=302";

pub(super) const ROWS: &[Row] = &[
    (
        "§8 hot migration with prefix rewrite",
        MEDIA,
        "GET /media/a.jpg",
        "",
        "mirror http://127.0.0.1:9001/old/pics/a.jpg as media/a.jpg",
    ),
    ("§8 hot migration, another suffix", MEDIA, "GET /media/a.png", "", "404"),
    ("§8 hot migration, another prefix", MEDIA, "GET /a.jpg", "", "404"),
    ("§8 hot migration, stored", MEDIA, "GET /media/a.jpg", "media/a.jpg", "200 media/a.jpg"),
    ("§8 retired prefix", RETIRED, "GET /retired/x?q=1", "", "307 https://new.example.com/v2/x?q=1"),
    (
        "§8 retired prefix, the object exists",
        RETIRED,
        "GET /retired/x?q=1",
        "retired/x",
        "307 https://new.example.com/v2/x?q=1",
    ),
    ("§8 single-page application", RETIRED, "GET /route", "index.html", "200 index.html"),
    ("§8 single-page application, root", RETIRED, "GET /", "index.html", "200 index.html"),
    (
        "§8 single-page application, a directory",
        RETIRED,
        "GET /docs",
        "index.html docs/index.html",
        "200 docs/index.html",
    ),
    ("§8 single-page application, an asset", RETIRED, "GET /app.js", "index.html app.js", "200 app.js"),
    ("§3 asynchronous migration by 302", MIGRATION, "GET /data/x?v=1", "", "302 https://old.example.com/data/x?v=1"),
    ("§3 asynchronous migration, migrated", MIGRATION, "GET /data/x?v=1", "data/x", "200 data/x"),
    ("§3.4 hide objects with a prefix", HIDE, "GET /private/x", "private/x", "302 https://www.example.com/notice.html"),
    ("§3.4 hide objects with a prefix, others", HIDE, "GET /public/x", "public/x", "200 public/x"),
    ("§3.1 page redirection for 404", PRESET, "GET /x", "", "302 http://www.example.com/404.html"),
    ("§3.1 page redirection for 500", PRESET, "GET /x", "!500", "302 http://www.example.com/500.html"),
];
