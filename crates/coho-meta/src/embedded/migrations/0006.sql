-- The history of each bucket's website. website is NULL after a removal; at is NULL for a configuration from before there was
-- a history. With rowids: a configuration is large.
CREATE TABLE website_version (
    bucket_id  INTEGER NOT NULL,
    version_id INTEGER NOT NULL,
    at         INTEGER,
    author     TEXT    NOT NULL,
    website    BLOB,
    PRIMARY KEY (bucket_id, version_id)
) STRICT;

-- What was counted of each bucket by minute (step 0) and by hour (step 1); start is in seconds since the epoch.
CREATE TABLE traffic (
    bucket_id      INTEGER NOT NULL,
    step           INTEGER NOT NULL,
    start          INTEGER NOT NULL,
    hits           INTEGER NOT NULL,
    mirrored       INTEGER NOT NULL,
    redirects      INTEGER NOT NULL,
    other_answers  INTEGER NOT NULL,
    client_errors  INTEGER NOT NULL,
    server_errors  INTEGER NOT NULL,
    bytes_out      INTEGER NOT NULL,
    bytes_in       INTEGER NOT NULL,
    fetches        INTEGER NOT NULL,
    origin_bytes   INTEGER NOT NULL,
    fetch_failures INTEGER NOT NULL,
    PRIMARY KEY (bucket_id, step, start)
) STRICT, WITHOUT ROWID;
