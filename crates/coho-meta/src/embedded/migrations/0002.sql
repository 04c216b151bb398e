-- What a bucket may fetch per second: NULL is the default of the region, -1 no limit.
ALTER TABLE bucket ADD COLUMN mirror_qps INTEGER;
ALTER TABLE bucket ADD COLUMN mirror_bandwidth INTEGER;
