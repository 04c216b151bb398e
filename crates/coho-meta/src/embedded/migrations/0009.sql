-- Which version of its key an object is: its place among them, and the random part of its id, which is NULL for the version `null`.
ALTER TABLE object ADD COLUMN sequence INTEGER NOT NULL DEFAULT 0;
ALTER TABLE object ADD COLUMN seed INTEGER;

ALTER TABLE bucket_counter ADD COLUMN delete_markers INTEGER NOT NULL DEFAULT 0;

-- Noncurrent versions, and delete markers whether current or not. rank is the negated sequence, so that the newest version of a name
-- comes first. A delete marker has modified alone; of every other row exactly one of inline_blob and extents is set.
CREATE TABLE object_version (
    bucket_id       INTEGER NOT NULL,
    name            BLOB    NOT NULL,
    rank            INTEGER NOT NULL,
    seed            INTEGER,
    is_marker       INTEGER NOT NULL,
    modified        INTEGER NOT NULL,
    size            INTEGER,
    etag            BLOB,
    etag_parts      INTEGER,
    crc64           INTEGER,
    object_type     INTEGER,
    storage_class   INTEGER,
    acl             INTEGER,
    headers         BLOB,
    provenance      BLOB,
    inline_blob     BLOB,
    inline_position INTEGER,
    extents         BLOB,
    whole_md5       BLOB,
    attributes      BLOB,
    PRIMARY KEY (bucket_id, name, rank)
) STRICT, WITHOUT ROWID;

-- The version `null` of a name, of which there is one at most.
CREATE UNIQUE INDEX object_version_null ON object_version (bucket_id, name) WHERE seed IS NULL;
