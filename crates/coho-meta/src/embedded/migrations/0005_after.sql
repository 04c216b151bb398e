DROP TABLE bucket_4;
DROP TABLE object_4;
DROP TABLE upload_4;
