-- Structured values have one notation: see encoding/mod.rs. Scalars stay columns.
ALTER TABLE bucket RENAME TO bucket_4;
ALTER TABLE object RENAME TO object_4;
ALTER TABLE upload RENAME TO upload_4;

-- settings: the website and how the bucket fetches from its origins.
CREATE TABLE bucket (
    bucket_id     INTEGER NOT NULL PRIMARY KEY,
    name          TEXT    NOT NULL UNIQUE,
    owner         TEXT    NOT NULL,
    created       INTEGER NOT NULL,
    acl           INTEGER NOT NULL,
    storage_class INTEGER NOT NULL,
    redundancy    INTEGER NOT NULL,
    settings      BLOB    NOT NULL
) STRICT, WITHOUT ROWID;

-- Exactly one of inline_blob and extents is set. inline_position: where an inline body is that is not in inline_data,
-- number of its segment << 32 | number of its first block of 4096 bytes.
CREATE TABLE object (
    bucket_id       INTEGER NOT NULL,
    name            BLOB    NOT NULL,
    size            INTEGER NOT NULL,
    etag            BLOB    NOT NULL,
    etag_parts      INTEGER NOT NULL,
    crc64           INTEGER NOT NULL,
    object_type     INTEGER NOT NULL,
    storage_class   INTEGER NOT NULL,
    acl             INTEGER NOT NULL,
    modified        INTEGER NOT NULL,
    headers         BLOB    NOT NULL,
    provenance      BLOB,
    inline_blob     BLOB,
    inline_position INTEGER,
    extents         BLOB,
    PRIMARY KEY (bucket_id, name)
) STRICT, WITHOUT ROWID;

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
