-- How many of the objects of a bucket came from an origin, and their bytes. Counted once from the rows, in the order in which they are stored;
-- an upgrade that is ended in between begins again.
ALTER TABLE bucket_counter ADD COLUMN mirrored_objects INTEGER NOT NULL DEFAULT 0;
ALTER TABLE bucket_counter ADD COLUMN mirrored_bytes INTEGER NOT NULL DEFAULT 0;

UPDATE bucket_counter SET (mirrored_objects, mirrored_bytes) = (
    SELECT count(*), coalesce(sum(size), 0) FROM object
    WHERE object.bucket_id = bucket_counter.bucket_id AND provenance IS NOT NULL
);

UPDATE bucket_counter SET (mirrored_objects, mirrored_bytes) = (
    SELECT bucket_counter.mirrored_objects + count(*), bucket_counter.mirrored_bytes + coalesce(sum(size), 0) FROM object_version
    WHERE object_version.bucket_id = bucket_counter.bucket_id AND provenance IS NOT NULL
);
