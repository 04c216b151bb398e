"""The asynchronous client of alibabacloud-oss-v2, V1 and V4."""

import asyncio

import alibabacloud_oss_v2 as oss
import alibabacloud_oss_v2.aio as aio
import pytest
import requests

from coho_process import ACCESS_KEY_ID, ACCESS_KEY_SECRET, REGION


@pytest.mark.parametrize("version", ["v1", "v4"])
def test_many_requests_at_a_time(coho, bucket_name, version):
    config = oss.config.load_default()
    config.credentials_provider = oss.credentials.StaticCredentialsProvider(ACCESS_KEY_ID, ACCESS_KEY_SECRET)
    config.region = REGION
    config.endpoint = coho.endpoint
    config.signature_version = version

    async def run():
        client = aio.AsyncClient(config)
        try:
            await use(client, bucket_name)
        finally:
            await client.close()

    asyncio.run(run())


async def use(client, bucket):
    await client.put_bucket(oss.PutBucketRequest(bucket=bucket))
    bodies = {f"dir/{number} +\u4f60": bytes([number]) * 10_000 * number for number in range(1, 21)}
    await asyncio.gather(
        *(client.put_object(oss.PutObjectRequest(bucket=bucket, key=key, body=body)) for key, body in bodies.items())
    )

    async def read(key):
        result = await client.get_object(oss.GetObjectRequest(bucket=bucket, key=key))
        return await result.body.read()

    assert await asyncio.gather(*map(read, bodies)) == list(bodies.values())
    listed = await client.list_objects_v2(oss.ListObjectsV2Request(bucket=bucket, encoding_type="url"))
    assert {found.key for found in listed.contents} == set(bodies)

    upload = await client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(bucket=bucket, key="parts"))
    parts = [
        oss.UploadPartRequest(bucket=bucket, key="parts", upload_id=upload.upload_id, part_number=number, body=b"x" * 102_400)
        for number in [1, 2, 3]
    ]
    await asyncio.gather(*map(client.upload_part, parts))
    await client.complete_multipart_upload(
        oss.CompleteMultipartUploadRequest(bucket=bucket, key="parts", upload_id=upload.upload_id, complete_all="yes")
    )
    assert await read("parts") == b"x" * 307_200
    signed = await client.presign(oss.GetObjectRequest(bucket=bucket, key="parts"))
    assert requests.get(signed.url, timeout=30).content == b"x" * 307_200
    with pytest.raises(oss.exceptions.OperationError) as caught:
        await read("missing")
    assert caught.value.unwrap().code == "NoSuchKey"
