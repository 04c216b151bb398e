import com.aliyun.oss.ClientBuilderConfiguration;
import com.aliyun.oss.OSS;
import com.aliyun.oss.OSSClientBuilder;
import com.aliyun.oss.common.auth.CredentialsProvider;
import com.aliyun.oss.common.auth.DefaultCredentialProvider;
import com.aliyun.oss.common.comm.SignVersion;
import com.aliyun.oss.model.GetObjectRequest;
import com.aliyun.oss.model.OSSObject;
import com.aliyun.oss.model.PutObjectResult;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/** A client with a bucket of its own. */
final class Fixture {
    static final int PART_SIZE = 100 * 1024;
    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    final OSS client;
    final String bucket;
    final Coho coho;
    final String endpoint;
    final SignVersion version;

    Fixture(Coho coho, SignVersion version) {
        this.coho = coho;
        this.endpoint = coho.endpoint();
        this.version = version;
        client = client(endpoint, version, new DefaultCredentialProvider(Coho.ACCESS_KEY_ID, Coho.ACCESS_KEY_SECRET));
        bucket = newBucket();
    }

    static OSS client(String endpoint, SignVersion version, CredentialsProvider credentials) {
        ClientBuilderConfiguration configuration = new ClientBuilderConfiguration();
        configuration.setSignatureVersion(version);
        // The bucket is in the path.
        configuration.setSLDEnabled(true);
        configuration.setMaxErrorRetry(0);
        return OSSClientBuilder.create().endpoint(endpoint).region(Coho.REGION)
            .credentialsProvider(credentials).clientConfiguration(configuration).build();
    }

    String newBucket() {
        String name = "e2e-java-" + NUMBER.incrementAndGet();
        client.createBucket(name);
        return name;
    }

    static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    PutObjectResult put(String key, String body) {
        return client.putObject(bucket, key, stream(body));
    }

    byte[] bytes(GetObjectRequest request) throws IOException {
        try (OSSObject object = client.getObject(request)) {
            return object.getObjectContent().readAllBytes();
        }
    }

    String get(GetObjectRequest request) throws IOException {
        return new String(bytes(request), StandardCharsets.UTF_8);
    }

    String get(String key) throws IOException {
        return get(new GetObjectRequest(bucket, key));
    }

    /** Incompressible bytes, the same for the same size. */
    static byte[] noise(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    /** A plain request without a signature of its own. */
    static HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpRequest.Builder anonymous(String key) {
        return HttpRequest.newBuilder(URI.create(endpoint + "/" + bucket + "/" + key));
    }
}
