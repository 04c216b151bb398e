-- Where an inline body is that is not in inline_data: number of its segment << 32 | number of its first block of 4096 bytes.
ALTER TABLE object ADD COLUMN inline_position INTEGER;

-- How many bodies of each segment rows of objects point to.
CREATE TABLE inline_segment (
    segment_id INTEGER NOT NULL PRIMARY KEY,
    bodies     INTEGER NOT NULL
) STRICT;
