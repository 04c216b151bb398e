-- Whether an upload takes parts in order only, and the MD5 of an object from such an upload; NULL for every other object.
ALTER TABLE upload ADD COLUMN is_sequential INTEGER NOT NULL DEFAULT 0;
ALTER TABLE object ADD COLUMN whole_md5 BLOB;
