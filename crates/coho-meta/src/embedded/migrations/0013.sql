-- Roles. A value is an encoded record.
CREATE TABLE role (
    id    TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
