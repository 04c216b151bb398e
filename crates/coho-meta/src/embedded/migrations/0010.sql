-- Accounts and access keys. A value is an encoded record; secrets in it are sealed.
CREATE TABLE account (
    id    TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE access_key (
    id    TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
