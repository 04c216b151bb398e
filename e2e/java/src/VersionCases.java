import com.aliyun.oss.model.BucketVersioningConfiguration;
import com.aliyun.oss.model.CopyObjectRequest;
import com.aliyun.oss.model.DeleteVersionsRequest;
import com.aliyun.oss.model.DeleteVersionsRequest.KeyVersion;
import com.aliyun.oss.model.GetObjectRequest;
import com.aliyun.oss.model.HeadObjectRequest;
import com.aliyun.oss.model.ListVersionsRequest;
import com.aliyun.oss.model.OSSVersionSummary;
import com.aliyun.oss.model.SetBucketVersioningRequest;
import com.aliyun.oss.model.VersionListing;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Versioning: ids, delete markers, the version null, pages. */
final class VersionCases {
    private VersionCases() {}

    static void add(Map<String, Main.ClientCase> cases) {
        cases.put("the life of versions", VersionCases::life);
        cases.put("suspended versioning", VersionCases::suspended);
    }

    private static void set(Fixture f, String status) {
        f.client.setBucketVersioning(new SetBucketVersioningRequest(f.bucket, new BucketVersioningConfiguration(status)));
        Check.equal(f.client.getBucketVersioning(f.bucket).getStatus(), status);
    }

    private static List<OSSVersionSummary> pages(Fixture f) {
        List<OSSVersionSummary> found = new ArrayList<>();
        ListVersionsRequest request = new ListVersionsRequest().withBucketName(f.bucket).withMaxResults(2);
        VersionListing page;
        do {
            page = f.client.listVersions(request);
            found.addAll(page.getVersionSummaries());
            request.setKeyMarker(page.getNextKeyMarker());
            request.setVersionIdMarker(page.getNextVersionIdMarker());
        } while (page.isTruncated());
        return found;
    }

    private static void life(Fixture f) throws Throwable {
        f.put("k", "before");
        set(f, BucketVersioningConfiguration.ENABLED);
        String first = f.put("k", "first").getVersionId();
        String second = f.put("k", "second").getVersionId();
        for (var entry : Map.of("null", "before", first, "first", second, "second").entrySet()) {
            Check.equal(f.get(new GetObjectRequest(f.bucket, "k", entry.getKey())), entry.getValue());
            Check.equal(f.client.headObject(new HeadObjectRequest(f.bucket, "k", entry.getKey())).getVersionId(), entry.getKey());
        }
        f.client.deleteObject(f.bucket, "k");
        Check.fails("NoSuchKey", () -> f.get("k"));
        List<OSSVersionSummary> all = pages(f);
        Check.equal(all.size(), 4);
        OSSVersionSummary marker = all.stream().filter(OSSVersionSummary::isDeleteMarker).findFirst().orElseThrow();
        Check.fails("MethodNotAllowed", () -> f.get(new GetObjectRequest(f.bucket, "k", marker.getVersionId())));
        String restored = f.client.copyObject(new CopyObjectRequest(f.bucket, "k", first, f.bucket, "k")).getVersionId();
        Check.equal(f.get("k"), "first");
        f.client.deleteVersion(f.bucket, "k", restored);
        f.client.deleteVersion(f.bucket, "k", marker.getVersionId());
        Check.equal(f.get("k"), "second");
        Check.fails("NoSuchVersion", () -> f.get(new GetObjectRequest(f.bucket, "k", restored)));
        List<KeyVersion> rest = List.of(new KeyVersion("k", "null"), new KeyVersion("k", first), new KeyVersion("k", second));
        Check.equal(f.client.deleteVersions(new DeleteVersionsRequest(f.bucket).withKeys(rest)).getDeletedVersions().size(), 3);
        f.client.deleteBucket(f.bucket);
    }

    private static void suspended(Fixture f) throws Throwable {
        set(f, BucketVersioningConfiguration.ENABLED);
        String kept = f.put("k", "kept").getVersionId();
        set(f, BucketVersioningConfiguration.SUSPENDED);
        f.put("k", "one");
        Check.equal(f.put("k", "two").getVersionId(), "null");
        Check.equal(pages(f).size(), 2);
        f.client.deleteObject(f.bucket, "k");
        Check.equal(f.get(new GetObjectRequest(f.bucket, "k", kept)), "kept");
    }
}
