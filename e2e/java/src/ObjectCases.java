import com.aliyun.oss.OSSException;
import com.aliyun.oss.model.AppendObjectRequest;
import com.aliyun.oss.model.CannedAccessControlList;
import com.aliyun.oss.model.CopyObjectRequest;
import com.aliyun.oss.model.CreateSymlinkRequest;
import com.aliyun.oss.model.DeleteObjectsRequest;
import com.aliyun.oss.model.GetObjectRequest;
import com.aliyun.oss.model.ListBucketsRequest;
import com.aliyun.oss.model.ListObjectsRequest;
import com.aliyun.oss.model.ListObjectsV2Request;
import com.aliyun.oss.model.ListObjectsV2Result;
import com.aliyun.oss.model.OSSObjectSummary;
import com.aliyun.oss.model.ObjectListing;
import com.aliyun.oss.model.ObjectMetadata;
import com.aliyun.oss.model.ObjectPermission;
import com.aliyun.oss.model.PutObjectRequest;
import com.aliyun.oss.model.StorageClass;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Buckets and objects. */
final class ObjectCases {
    private static final String[] KEYS = {"plain.txt", "dir/with space.txt", "dir/plus+and&.txt", "\u4f60\u597d/\u00fc.txt", "a%20b"};

    private ObjectCases() {}

    static void add(Map<String, Main.ClientCase> cases) {
        cases.put("buckets", ObjectCases::buckets);
        cases.put("objects go in and come out", ObjectCases::roundTrip);
        cases.put("ranges and conditions", ObjectCases::ranges);
        cases.put("listings in pages", ObjectCases::listings);
        cases.put("copies", ObjectCases::copies);
        cases.put("ACL, tags, links, appends, restores", ObjectCases::besideBytes);
    }

    private static void buckets(Fixture f) throws Throwable {
        Check.equal(f.client.listBuckets(new ListBucketsRequest(f.bucket, null, 10)).getBucketList().get(0).getName(), f.bucket);
        Check.that(f.client.doesBucketExist(f.bucket), "the bucket exists");
        Check.equal(f.client.getBucketInfo(f.bucket).getBucket().getLocation(), "oss-" + Coho.REGION);
        Check.equal(f.client.getBucketLocation(f.bucket), "oss-" + Coho.REGION);
        f.client.setBucketAcl(f.bucket, CannedAccessControlList.PublicRead);
        Check.equal(f.client.getBucketAcl(f.bucket).getCannedACL(), CannedAccessControlList.PublicRead);
        f.put("k", "12345");
        Check.equal(f.client.getBucketStat(f.bucket).getObjectCount(), 1L);
        Check.equal(f.client.getBucketStat(f.bucket).getStorageSize(), 5L);
        Check.fails("BucketNotEmpty", () -> f.client.deleteBucket(f.bucket));
        f.client.deleteObject(f.bucket, "k");
        f.client.deleteBucket(f.bucket);
        Check.that(!f.client.doesBucketExist(f.bucket), "the bucket is gone");
        Check.fails("NoSuchBucket", () -> f.client.getBucketInfo(f.bucket));
    }

    private static void roundTrip(Fixture f) throws Throwable {
        for (String key : KEYS) {
            ObjectMetadata metadata = new ObjectMetadata();
            metadata.setContentType("text/x");
            metadata.addUserMetadata("colour", "blue");
            metadata.setCacheControl("no-cache");
            f.client.putObject(f.bucket, key, Fixture.stream("hello world"), metadata);
            Check.equal(f.get(key), "hello world");
            ObjectMetadata head = f.client.getObjectMetadata(f.bucket, key);
            Check.equal(head.getContentType(), "text/x");
            Check.equal(head.getUserMetadata().get("colour"), "blue");
            Check.equal(head.getServerCRC(), Long.parseUnsignedLong("5981764153023615706"));
            Check.equal(f.client.getSimplifiedObjectMeta(f.bucket, key).getSize(), 11L);
            Check.that(f.client.doesObjectExist(f.bucket, key), "the object exists");
            Check.equal(f.client.listObjects(f.bucket).getObjectSummaries().get(0).getKey(), key);
            Check.equal(f.client.listObjectsV2(f.bucket).getObjectSummaries().get(0).getKey(), key);
            f.client.deleteObject(f.bucket, key);
            Check.that(!f.client.doesObjectExist(f.bucket, key), "the object is gone");
            OSSException refused = Check.fails("NoSuchKey", () -> f.get(key));
            Check.that(refused.getRawResponseError().contains("0026-00000001"), "the EC of NoSuchKey");
        }
    }

    private static void ranges(Fixture f) throws Throwable {
        f.put("k", "0123456789");
        String etag = f.client.getObjectMetadata(f.bucket, "k").getETag();
        GetObjectRequest part = new GetObjectRequest(f.bucket, "k");
        part.setRange(2, 5);
        Check.equal(f.get(part), "2345");
        part.setRange(7, -1);
        Check.equal(f.get(part), "789");
        part.setRange(-1, 3);
        Check.equal(f.get(part), "789");
        GetObjectRequest matching = new GetObjectRequest(f.bucket, "k");
        matching.setMatchingETagConstraints(List.of(etag));
        Check.equal(f.get(matching), "0123456789");
        matching.setMatchingETagConstraints(List.of("0".repeat(32)));
        Check.fails("PreconditionFailed", () -> f.get(matching));
        GetObjectRequest unchanged = new GetObjectRequest(f.bucket, "k");
        unchanged.setNonmatchingETagConstraints(List.of(etag));
        Check.fails("NotModified", () -> f.get(unchanged));
    }

    private static void listings(Fixture f) throws Throwable {
        String[] keys = {"a/1", "a/2", "b c/1", "d+e", "z"};
        for (String key : keys) f.put(key, "x");
        ListObjectsRequest grouped = new ListObjectsRequest(f.bucket);
        grouped.setDelimiter("/");
        Check.equal(f.client.listObjects(grouped).getCommonPrefixes(), List.of("a/", "b c/"));
        List<String> first = new ArrayList<>();
        ListObjectsRequest request = new ListObjectsRequest(f.bucket);
        request.setMaxKeys(2);
        ObjectListing page;
        do {
            page = f.client.listObjects(request);
            for (OSSObjectSummary found : page.getObjectSummaries()) first.add(found.getKey());
            request.setMarker(page.getNextMarker());
        } while (page.isTruncated());
        Check.equal(first, List.of(keys));
        List<String> second = new ArrayList<>();
        ListObjectsV2Request requestV2 = new ListObjectsV2Request(f.bucket);
        requestV2.setMaxKeys(2);
        ListObjectsV2Result pageV2;
        do {
            pageV2 = f.client.listObjectsV2(requestV2);
            for (OSSObjectSummary found : pageV2.getObjectSummaries()) second.add(found.getKey());
            requestV2.setContinuationToken(pageV2.getNextContinuationToken());
        } while (pageV2.isTruncated());
        Check.equal(second, List.of(keys));
        DeleteObjectsRequest many = new DeleteObjectsRequest(f.bucket).withKeys(List.of("a/1", "b c/1", "none"));
        Check.equal(f.client.deleteObjects(many).getDeletedObjects().size(), 3);
        Check.equal(f.client.listObjects(f.bucket).getObjectSummaries().size(), 3);
    }

    private static void copies(Fixture f) throws Throwable {
        ObjectMetadata metadata = new ObjectMetadata();
        metadata.addUserMetadata("a", "1");
        f.client.putObject(f.bucket, "a b", Fixture.stream("copied"), metadata);
        String other = f.newBucket();
        f.client.copyObject(f.bucket, "a b", other, "c+d");
        Check.equal(f.client.getObjectMetadata(other, "c+d").getUserMetadata().get("a"), "1");
        CopyObjectRequest replaced = new CopyObjectRequest(f.bucket, "a b", f.bucket, "a b");
        ObjectMetadata after = new ObjectMetadata();
        after.addUserMetadata("a", "2");
        replaced.setNewObjectMetadata(after);
        f.client.copyObject(replaced);
        Check.equal(f.client.getObjectMetadata(f.bucket, "a b").getUserMetadata().get("a"), "2");
        CopyObjectRequest unmatched = new CopyObjectRequest(f.bucket, "a b", f.bucket, "c");
        unmatched.setMatchingETagConstraints(List.of("0"));
        Check.fails("PreconditionFailed", () -> f.client.copyObject(unmatched));
        Check.fails("NoSuchKey", () -> f.client.copyObject(f.bucket, "none", f.bucket, "c"));
    }

    private static void besideBytes(Fixture f) throws Throwable {
        f.put("k", "hello");
        f.client.setObjectAcl(f.bucket, "k", CannedAccessControlList.PublicRead);
        Check.equal(f.client.getObjectAcl(f.bucket, "k").getPermission(), ObjectPermission.PublicRead);
        f.client.setObjectTagging(f.bucket, "k", Map.of("team", "a+b/c: d=e"));
        Check.equal(f.client.getObjectTagging(f.bucket, "k").getTag("team"), "a+b/c: d=e");
        f.client.deleteObjectTagging(f.bucket, "k");
        Check.equal(f.client.getObjectTagging(f.bucket, "k").getAllTags().size(), 0);
        f.client.createSymlink(new CreateSymlinkRequest(f.bucket, "link", "k"));
        Check.equal(f.client.getSymlink(f.bucket, "link").getTarget(), "k");
        Check.equal(f.get("link"), "hello");
        long next = f.client.appendObject(new AppendObjectRequest(f.bucket, "log", Fixture.stream("hello ")).withPosition(0L)).getNextPosition();
        f.client.appendObject(new AppendObjectRequest(f.bucket, "log", Fixture.stream("world")).withPosition(next));
        Check.equal(f.get("log"), "hello world");
        Check.fails("PositionNotEqualToLength", () ->
            f.client.appendObject(new AppendObjectRequest(f.bucket, "log", Fixture.stream("x")).withPosition(3L)));
        ObjectMetadata cold = new ObjectMetadata();
        cold.setHeader("x-oss-storage-class", StorageClass.Archive.toString());
        f.client.putObject(new PutObjectRequest(f.bucket, "cold", Fixture.stream("frozen"), cold));
        Check.fails("InvalidObjectState", () -> f.get("cold"));
        f.client.restoreObject(f.bucket, "cold");
        Check.equal(f.get("cold"), "frozen");
        ObjectMetadata once = new ObjectMetadata();
        once.setHeader("x-oss-forbid-overwrite", "true");
        Check.fails("FileAlreadyExists", () -> f.client.putObject(f.bucket, "k", Fixture.stream("x"), once));
    }
}
