import com.aliyun.oss.model.BucketReferer;
import com.aliyun.oss.model.CannedAccessControlList;
import com.aliyun.oss.model.LifecycleRule;
import com.aliyun.oss.model.Payer;
import com.aliyun.oss.model.PutObjectRequest;
import com.aliyun.oss.model.RoutingRule;
import com.aliyun.oss.model.ServerSideEncryptionByDefault;
import com.aliyun.oss.model.ServerSideEncryptionConfiguration;
import com.aliyun.oss.model.SetBucketCORSRequest;
import com.aliyun.oss.model.SetBucketEncryptionRequest;
import com.aliyun.oss.model.SetBucketLifecycleRequest;
import com.aliyun.oss.model.SetBucketLoggingRequest;
import com.aliyun.oss.model.SetBucketTaggingRequest;
import com.aliyun.oss.model.SetBucketWebsiteRequest;
import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** What a bucket has beside its objects, and what it does. */
final class ConfigurationCases {
    private ConfigurationCases() {}

    static void add(Map<String, Main.ClientCase> cases) {
        cases.put("CORS", ConfigurationCases::cors);
        cases.put("referer", ConfigurationCases::referer);
        cases.put("lifecycle", ConfigurationCases::lifecycle);
        cases.put("policy", ConfigurationCases::policy);
        cases.put("encryption, tags, payer", ConfigurationCases::encryptionTagsPayer);
        cases.put("mirror rules", ConfigurationCases::mirror);
        cases.put("what is not set", ConfigurationCases::notSet);
    }

    private static void cors(Fixture f) throws Throwable {
        SetBucketCORSRequest.CORSRule rule = new SetBucketCORSRequest.CORSRule();
        rule.setAllowedOrigins(List.of("http://page.example"));
        rule.setAllowedMethods(List.of("PUT"));
        rule.setAllowedHeaders(List.of("*"));
        rule.setExposeHeaders(List.of("x-oss-test"));
        rule.setMaxAgeSeconds(100);
        SetBucketCORSRequest request = new SetBucketCORSRequest(f.bucket);
        request.addCorsRule(rule);
        f.client.setBucketCORS(request);
        SetBucketCORSRequest.CORSRule got = f.client.getBucketCORSRules(f.bucket).get(0);
        Check.equal(got.getAllowedOrigins(), List.of("http://page.example"));
        Check.equal(got.getMaxAgeSeconds(), 100);
        var preflight = f.anonymous("k").method("OPTIONS", BodyPublishers.noBody());
        preflight.header("Origin", "http://page.example").header("Access-Control-Request-Method", "PUT");
        Check.equal(Fixture.send(preflight).statusCode(), 200);
        var refused = f.anonymous("k").method("OPTIONS", BodyPublishers.noBody());
        refused.header("Origin", "http://other.example").header("Access-Control-Request-Method", "PUT");
        Check.equal(Fixture.send(refused).statusCode(), 403);
        f.client.deleteBucketCORSRules(f.bucket);
        Check.fails("NoSuchCORSConfiguration", () -> f.client.getBucketCORSRules(f.bucket));
    }

    private static void referer(Fixture f) throws Throwable {
        f.put("k", "x");
        f.client.setBucketAcl(f.bucket, CannedAccessControlList.PublicRead);
        f.client.setBucketReferer(f.bucket, new BucketReferer(false, List.of("http://*.page.example")));
        BucketReferer got = f.client.getBucketReferer(f.bucket);
        Check.equal(got.getRefererList(), List.of("http://*.page.example"));
        Check.that(!got.isAllowEmptyReferer(), "an empty referer is not allowed");
        Check.equal(Fixture.send(f.anonymous("k")).statusCode(), 403);
        Check.equal(Fixture.send(f.anonymous("k").header("Referer", "http://www.page.example")).statusCode(), 200);
    }

    private static void lifecycle(Fixture f) throws Throwable {
        SetBucketLifecycleRequest request = new SetBucketLifecycleRequest(f.bucket);
        request.AddLifecycleRule(new LifecycleRule("r", "tmp/", LifecycleRule.RuleStatus.Enabled, 3));
        f.client.setBucketLifecycle(request);
        LifecycleRule got = f.client.getBucketLifecycle(f.bucket).get(0);
        Check.equal(got.getPrefix() + got.getExpirationDays(), "tmp/3");
        f.client.deleteBucketLifecycle(f.bucket);
        Check.fails("NoSuchLifecycle", () -> f.client.getBucketLifecycle(f.bucket));
    }

    private static void policy(Fixture f) throws Throwable {
        f.put("k", "open");
        String policy = "{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"oss:GetObject\"],"
            + "\"Principal\":[\"*\"],\"Resource\":[\"acs:oss:*:*:" + f.bucket + "/*\"]}]}";
        f.client.setBucketPolicy(f.bucket, policy);
        Check.equal(f.client.getBucketPolicy(f.bucket).getPolicyText(), policy);
        Check.equal(Fixture.send(f.anonymous("k")).body(), "open");
        f.client.deleteBucketPolicy(f.bucket);
        Check.fails("NoSuchBucketPolicy", () -> f.client.getBucketPolicy(f.bucket));
        Check.equal(Fixture.send(f.anonymous("k")).statusCode(), 403);
    }

    private static void encryptionTagsPayer(Fixture f) throws Throwable {
        ServerSideEncryptionByDefault algorithm = new ServerSideEncryptionByDefault("AES256");
        ServerSideEncryptionConfiguration configuration = new ServerSideEncryptionConfiguration();
        configuration.setApplyServerSideEncryptionByDefault(algorithm);
        f.client.setBucketEncryption(new SetBucketEncryptionRequest(f.bucket, configuration));
        Check.equal(f.client.getBucketEncryption(f.bucket).getApplyServerSideEncryptionByDefault().getSSEAlgorithm(), "AES256");
        f.client.putObject(new PutObjectRequest(f.bucket, "k", Fixture.stream("secret")));
        Check.equal(f.client.getObjectMetadata(f.bucket, "k").getServerSideEncryption(), "AES256");
        f.client.deleteBucketEncryption(f.bucket);
        Check.fails("NoSuchServerSideEncryptionRule", () -> f.client.getBucketEncryption(f.bucket));

        SetBucketTaggingRequest tags = new SetBucketTaggingRequest(f.bucket);
        // This client does not escape what XML would read as markup.
        tags.setTag("team", "red, blue");
        f.client.setBucketTagging(tags);
        Check.equal(f.client.getBucketTagging(f.bucket).getTag("team"), "red, blue");
        f.client.deleteBucketTagging(f.bucket);

        f.client.setBucketRequestPayment(f.bucket, Payer.Requester);
        Check.equal(f.client.getBucketRequestPayment(f.bucket).getPayer(), Payer.Requester);
    }

    private static void mirror(Fixture f) throws Throwable {
        HttpServer origin = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        origin.createContext("/", exchange -> {
            byte[] body = ("from " + exchange.getRequestURI()).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            try (var out = exchange.getResponseBody()) {
                out.write(body);
            }
        });
        origin.start();
        try {
            RoutingRule rule = new RoutingRule();
            rule.setNumber(1);
            rule.getCondition().setKeyPrefixEquals("img/");
            rule.getCondition().setHttpErrorCodeReturnedEquals(404);
            rule.getRedirect().setRedirectType(RoutingRule.RedirectType.Mirror);
            rule.getRedirect().setMirrorURL("http://127.0.0.1:" + origin.getAddress().getPort() + "/old/");
            SetBucketWebsiteRequest request = new SetBucketWebsiteRequest(f.bucket);
            request.setIndexDocument("index.html");
            request.setErrorDocument("error.html");
            request.AddRoutingRule(rule);
            f.client.setBucketWebsite(request);
            Check.equal(f.client.getBucketWebsite(f.bucket).getIndexDocument(), "index.html");
            Check.equal(f.client.getBucketWebsite(f.bucket).getRoutingRules().get(0).getRedirect().getMirrorURL(), rule.getRedirect().getMirrorURL());
            Check.equal(f.get("img/a b"), "from /old/img/a%20b");
        } finally {
            origin.stop(0);
        }
        Check.equal(f.get("img/a b"), "from /old/img/a%20b");
        f.client.deleteBucketWebsite(f.bucket);
        Check.fails("NoSuchWebsiteConfiguration", () -> f.client.getBucketWebsite(f.bucket));
    }

    private static void notSet(Fixture f) throws Throwable {
        Check.equal(f.client.getBucketLogging(f.bucket).getTargetBucket(), null);
        Check.fails("NoSuchWORMConfiguration", () -> f.client.getBucketWorm(f.bucket));
        Check.fails("NoSuchReplicationConfiguration", () -> f.client.getBucketReplication(f.bucket));
        Check.fails("NoSuchInventory", () -> f.client.getBucketInventoryConfiguration(f.bucket, "x"));
        SetBucketLoggingRequest logging = new SetBucketLoggingRequest(f.bucket);
        logging.setTargetBucket(f.bucket);
        Check.fails("NotImplemented", () -> f.client.setBucketLogging(logging));
    }
}
