-- Names are BLOB: byte order everywhere, no collation. Ids of 128 bits are big-endian BLOBs.
-- Enumerations are small integers, listed in codes.rs. Times are milliseconds since the epoch.

CREATE TABLE bucket (
    bucket_id     INTEGER NOT NULL PRIMARY KEY,
    name          TEXT    NOT NULL UNIQUE,
    owner         TEXT    NOT NULL,
    created       INTEGER NOT NULL,
    acl           INTEGER NOT NULL,
    storage_class INTEGER NOT NULL,
    redundancy    INTEGER NOT NULL,
    website       TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE bucket_counter (
    bucket_id INTEGER NOT NULL PRIMARY KEY,
    objects   INTEGER NOT NULL,
    bytes     INTEGER NOT NULL,
    uploads   INTEGER NOT NULL,
    parts     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Exactly one of inline_blob and extents is set.
CREATE TABLE object (
    bucket_id     INTEGER NOT NULL,
    name          BLOB    NOT NULL,
    size          INTEGER NOT NULL,
    etag          BLOB    NOT NULL,
    etag_parts    INTEGER NOT NULL,
    crc64         INTEGER NOT NULL,
    object_type   INTEGER NOT NULL,
    storage_class INTEGER NOT NULL,
    acl           INTEGER NOT NULL,
    modified      INTEGER NOT NULL,
    headers       BLOB    NOT NULL,
    mirrored_from TEXT,
    inline_blob   BLOB,
    extents       BLOB,
    PRIMARY KEY (bucket_id, name)
) STRICT, WITHOUT ROWID;

-- With rowids on purpose: a table without them moves every row above a quarter of a page to an overflow
-- page, which would quadruple what a body of one KiB writes. Rows and the index over the ids, which
-- begin with their time, both grow at their right edge.
CREATE TABLE inline_data (
    blob_id BLOB NOT NULL PRIMARY KEY,
    bytes   BLOB NOT NULL
) STRICT;

CREATE TABLE upload (
    bucket_id        INTEGER NOT NULL,
    name             BLOB    NOT NULL,
    upload_id        BLOB    NOT NULL,
    initiated        INTEGER NOT NULL,
    headers          BLOB    NOT NULL,
    acl              INTEGER NOT NULL,
    storage_class    INTEGER NOT NULL,
    forbid_overwrite INTEGER NOT NULL,
    PRIMARY KEY (bucket_id, name, upload_id)
) STRICT, WITHOUT ROWID;

-- blob_id, blob_offset and blob_length are all set, or none for an empty part.
CREATE TABLE part (
    bucket_id   INTEGER NOT NULL,
    upload_id   BLOB    NOT NULL,
    part_no     INTEGER NOT NULL,
    size        INTEGER NOT NULL,
    etag        BLOB    NOT NULL,
    etag_parts  INTEGER NOT NULL,
    crc64       INTEGER NOT NULL,
    modified    INTEGER NOT NULL,
    blob_id     BLOB,
    blob_offset INTEGER,
    blob_length INTEGER,
    PRIMARY KEY (bucket_id, upload_id, part_no)
) STRICT, WITHOUT ROWID;

CREATE TABLE garbage (
    blob_id      BLOB    NOT NULL PRIMARY KEY,
    unused_since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX garbage_by_age ON garbage (unused_since);
