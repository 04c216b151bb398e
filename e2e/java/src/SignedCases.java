import com.aliyun.oss.HttpMethod;
import com.aliyun.oss.OSS;
import com.aliyun.oss.common.auth.DefaultCredentialProvider;
import com.aliyun.oss.common.comm.SignVersion;
import com.aliyun.oss.model.GeneratePresignedUrlRequest;
import com.aliyun.oss.model.MatchMode;
import com.aliyun.oss.model.OSSObject;
import com.aliyun.oss.model.PolicyConditions;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** Signed addresses, forms and wrong keys. */
final class SignedCases {
    private SignedCases() {}

    static void add(Map<String, Main.ClientCase> cases) {
        cases.put("signed addresses", SignedCases::addresses);
        cases.put("forms", SignedCases::forms);
        cases.put("wrong keys", SignedCases::wrongKeys);
        cases.put("temporary keys", SignedCases::temporaryKeys);
    }

    private static Date soon() {
        return new Date(System.currentTimeMillis() + 60_000);
    }

    private static void addresses(Fixture f) throws Throwable {
        String key = "dir/a b+\u4f60";
        GeneratePresignedUrlRequest write = new GeneratePresignedUrlRequest(f.bucket, key, HttpMethod.PUT);
        write.setExpiration(soon());
        write.setContentType("text/x");
        write.addUserMetadata("a", "b");
        Map<String, String> headers = new HashMap<>(Map.of("Content-Type", "text/x", "x-oss-meta-a", "b"));
        f.client.putObject(f.client.generatePresignedUrl(write), Fixture.stream("signed"), 6, headers);
        Check.equal(f.client.getObjectMetadata(f.bucket, key).getUserMetadata().get("a"), "b");
        URL read = f.client.generatePresignedUrl(f.bucket, key, soon());
        try (OSSObject object = f.client.getObject(read, new HashMap<>())) {
            Check.equal(new String(object.getObjectContent().readAllBytes(), StandardCharsets.UTF_8), "signed");
        }
        HttpRequest.Builder tampered = HttpRequest.newBuilder(URI.create(read.toString().replace("dir/a", "dir/b")));
        Check.equal(Fixture.send(tampered).statusCode(), 403);
    }

    private static void forms(Fixture f) throws Throwable {
        PolicyConditions conditions = new PolicyConditions();
        conditions.addConditionItem("bucket", f.bucket);
        conditions.addConditionItem(MatchMode.StartWith, PolicyConditions.COND_KEY, "dir/");
        conditions.addConditionItem(PolicyConditions.COND_CONTENT_LENGTH_RANGE, 1, 10);
        String policy = f.client.generatePostPolicy(soon(), conditions);
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("policy", Base64.getEncoder().encodeToString(policy.getBytes(StandardCharsets.UTF_8)));
        // This client signs forms with V1 alone.
        fields.put("Signature", f.client.calculatePostSignature(policy));
        fields.put("OSSAccessKeyId", Coho.ACCESS_KEY_ID);
        if (f.version != SignVersion.V1) return;
        Check.equal(post(f, fields, "dir/f", "posted"), 204);
        Check.equal(f.get("dir/f"), "posted");
        Check.equal(post(f, fields, "other", "posted"), 403);
        Check.equal(post(f, fields, "dir/g", "more than ten bytes"), 400);
    }

    private static int post(Fixture f, Map<String, String> fields, String key, String content) throws Exception {
        StringBuilder body = new StringBuilder();
        Map<String, String> all = new LinkedHashMap<>(fields);
        all.put("key", key);
        all.forEach((name, value) -> body.append("--edge\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n"));
        body.append("--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n" + content + "\r\n--edge--\r\n");
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(f.endpoint + "/" + f.bucket));
        request.header("Content-Type", "multipart/form-data; boundary=edge").POST(BodyPublishers.ofString(body.toString()));
        return Fixture.send(request).statusCode();
    }

    private static void temporaryKeys(Fixture f) throws Throwable {
        String[] key = f.coho.temporaryKey();
        OSS temporary = Fixture.client(f.endpoint, f.version, new DefaultCredentialProvider(key[0], key[1], key[2]));
        temporary.putObject(f.bucket, "k", Fixture.stream("temporary"));
        try (OSSObject object = temporary.getObject(temporary.generatePresignedUrl(f.bucket, "k", soon()), new HashMap<>())) {
            Check.equal(new String(object.getObjectContent().readAllBytes(), StandardCharsets.UTF_8), "temporary");
        }
        temporary.shutdown();
        OSS forged = Fixture.client(f.endpoint, f.version, new DefaultCredentialProvider(key[0], key[1], key[2].substring(1)));
        Check.fails("InvalidSecurityToken", () -> forged.getObject(f.bucket, "k"));
        forged.shutdown();
    }

    private static void wrongKeys(Fixture f) throws Throwable {
        OSS forged = Fixture.client(f.endpoint, f.version, new DefaultCredentialProvider(Coho.ACCESS_KEY_ID, "wrong"));
        Check.fails("SignatureDoesNotMatch", () -> forged.getBucketInfo(f.bucket));
        forged.shutdown();
        OSS unknown = Fixture.client(f.endpoint, f.version, new DefaultCredentialProvider("unknown", "wrong"));
        Check.fails("InvalidAccessKeyId", () -> unknown.getBucketInfo(f.bucket));
        unknown.shutdown();
    }
}
