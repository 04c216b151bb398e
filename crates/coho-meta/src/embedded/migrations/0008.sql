-- What few objects have, as one value; NULL for every other object.
ALTER TABLE object ADD COLUMN attributes BLOB;
ALTER TABLE upload ADD COLUMN attributes BLOB;
