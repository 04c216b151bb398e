-- How a bucket fetches, beyond its limits: lines of name=value, NULL if nothing is set.
ALTER TABLE bucket ADD COLUMN mirror_policy TEXT;
-- The circumstances of a mirrored object's fetch: time, rule, ETag and Last-Modified with tabs between them.
ALTER TABLE object ADD COLUMN fetched TEXT;
