import com.aliyun.oss.event.ProgressEvent;
import com.aliyun.oss.event.ProgressEventType;
import com.aliyun.oss.event.ProgressListener;
import com.aliyun.oss.model.AbortMultipartUploadRequest;
import com.aliyun.oss.model.Callback;
import com.aliyun.oss.model.CompleteMultipartUploadRequest;
import com.aliyun.oss.model.DownloadFileRequest;
import com.aliyun.oss.model.GetObjectRequest;
import com.aliyun.oss.model.InitiateMultipartUploadRequest;
import com.aliyun.oss.model.ListMultipartUploadsRequest;
import com.aliyun.oss.model.ListPartsRequest;
import com.aliyun.oss.model.MultipartUpload;
import com.aliyun.oss.model.PartETag;
import com.aliyun.oss.model.PutObjectRequest;
import com.aliyun.oss.model.UploadFileRequest;
import com.aliyun.oss.model.UploadPartCopyRequest;
import com.aliyun.oss.model.UploadPartRequest;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Uploads in parts, resumed transfers, streams. */
final class TransferCases {
    private static final int SIZE = 1_000_003;

    private TransferCases() {}

    static void add(Map<String, Main.ClientCase> cases) {
        cases.put("parts by hand", TransferCases::parts);
        cases.put("files with checkpoints", TransferCases::files);
        cases.put("streams of unknown length", TransferCases::streams);
        cases.put("callbacks", TransferCases::callbacks);
    }

    private static String begin(Fixture f, String key) {
        return f.client.initiateMultipartUpload(new InitiateMultipartUploadRequest(f.bucket, key)).getUploadId();
    }

    private static void parts(Fixture f) throws Throwable {
        byte[] content = Fixture.noise(2 * Fixture.PART_SIZE + 5);
        String upload = begin(f, "dir/k");
        List<PartETag> tags = new ArrayList<>();
        for (int at = 0; at < 2; at += 1) {
            byte[] piece = Arrays.copyOfRange(content, at * Fixture.PART_SIZE, at == 0 ? Fixture.PART_SIZE : content.length);
            tags.add(f.client.uploadPart(new UploadPartRequest(f.bucket, "dir/k", upload, at + 1, new ByteArrayInputStream(piece), piece.length)).getPartETag());
        }
        Check.equal(f.client.listParts(new ListPartsRequest(f.bucket, "dir/k", upload)).getParts().size(), 2);
        List<MultipartUpload> pending = f.client.listMultipartUploads(new ListMultipartUploadsRequest(f.bucket)).getMultipartUploads();
        Check.equal(pending.get(0).getUploadId(), upload);
        f.client.completeMultipartUpload(new CompleteMultipartUploadRequest(f.bucket, "dir/k", upload, tags));
        Check.equal(f.bytes(new GetObjectRequest(f.bucket, "dir/k")), content);

        String copy = begin(f, "copy");
        UploadPartCopyRequest range = new UploadPartCopyRequest(f.bucket, "dir/k", f.bucket, "copy", copy, 1, 10L, (long) Fixture.PART_SIZE);
        PartETag copied = f.client.uploadPartCopy(range).getPartETag();
        f.client.completeMultipartUpload(new CompleteMultipartUploadRequest(f.bucket, "copy", copy, new ArrayList<>(List.of(copied))));
        Check.equal(f.bytes(new GetObjectRequest(f.bucket, "copy")), Arrays.copyOfRange(content, 10, 10 + Fixture.PART_SIZE));

        String gone = begin(f, "gone");
        f.client.abortMultipartUpload(new AbortMultipartUploadRequest(f.bucket, "gone", gone));
        Check.fails("NoSuchUpload", () -> f.client.listParts(new ListPartsRequest(f.bucket, "gone", gone)));
    }

    /** Breaks a transfer once half is done. */
    private static final class Break implements ProgressListener {
        private long bytes;

        @Override
        public synchronized void progressChanged(ProgressEvent event) {
            if (event.getEventType() != ProgressEventType.REQUEST_BYTE_TRANSFER_EVENT) return;
            bytes += event.getBytes();
            if (bytes > SIZE / 2) throw new IllegalStateException("broken by the test");
        }
    }

    private static void files(Fixture f) throws Throwable {
        Path folder = Files.createTempDirectory("coho-java-");
        byte[] content = Fixture.noise(SIZE);
        Path source = Files.write(folder.resolve("source"), content);
        UploadFileRequest up = new UploadFileRequest(f.bucket, "big", source.toString(), Fixture.PART_SIZE, 2, true, folder.resolve("up").toString());
        up.setProgressListener(new Break());
        try {
            f.client.uploadFile(up);
            throw new AssertionError("the upload was not broken");
        } catch (Exception broken) {
            // As intended.
        }
        List<MultipartUpload> pending = f.client.listMultipartUploads(new ListMultipartUploadsRequest(f.bucket)).getMultipartUploads();
        Check.equal(pending.size(), 1);
        up.setProgressListener(null);
        f.client.uploadFile(up);
        Check.equal(f.client.listMultipartUploads(new ListMultipartUploadsRequest(f.bucket)).getMultipartUploads().size(), 0);
        Check.equal(f.bytes(new GetObjectRequest(f.bucket, "big")), content);
        Path target = folder.resolve("target");
        DownloadFileRequest down = new DownloadFileRequest(f.bucket, "big", target.toString(), Fixture.PART_SIZE, 2, true);
        f.client.downloadFile(down);
        Check.equal(Files.readAllBytes(target), content);
        for (Path path : List.of(source, target)) Files.delete(path);
        try (var left = Files.list(folder)) {
            Check.equal(left.collect(Collectors.toList()), List.of());
        }
        Files.delete(folder);
    }

    private static void callbacks(Fixture f) throws Throwable {
        HttpServer application = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        application.createContext("/", exchange -> {
            byte[] asked = exchange.getRequestBody().readAllBytes();
            byte[] answer = ("{\"received\":\"" + new String(asked, StandardCharsets.UTF_8) + "\"}").getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(exchange.getRequestURI().getPath().equals("/broken") ? 500 : 200, answer.length);
            try (var out = exchange.getResponseBody()) {
                out.write(answer);
            }
        });
        application.start();
        try {
            String url = "http://127.0.0.1:" + application.getAddress().getPort();
            PutObjectRequest request = new PutObjectRequest(f.bucket, "k", Fixture.stream("hello"));
            request.setCallback(callback(url));
            try (InputStream answer = f.client.putObject(request).getResponse().getContent()) {
                String text = new String(answer.readAllBytes(), StandardCharsets.UTF_8);
                Check.equal(text, "{\"received\":\"object=k&size=5&user=me\"}");
            }
            PutObjectRequest kept = new PutObjectRequest(f.bucket, "kept", Fixture.stream("kept"));
            kept.setCallback(callback(url + "/broken"));
            Check.fails("CallbackFailed", () -> f.client.putObject(kept));
            Check.equal(f.get("kept"), "kept");
        } finally {
            application.stop(0);
        }
    }

    private static Callback callback(String url) {
        Callback callback = new Callback();
        callback.setCallbackUrl(url);
        callback.setCallbackBody("object=${object}&size=${size}&user=${x:user}");
        callback.addCallbackVar("x:user", "me");
        return callback;
    }

    private static void streams(Fixture f) throws Throwable {
        byte[] content = Fixture.noise(SIZE);
        byte[] head = Arrays.copyOf(content, 1000);
        byte[] rest = Arrays.copyOfRange(content, 1000, SIZE);
        f.client.putObject(f.bucket, "stream", new SequenceInputStream(new ByteArrayInputStream(head), new ByteArrayInputStream(rest)));
        Check.equal(f.bytes(new GetObjectRequest(f.bucket, "stream")), content);
        f.put("empty", "");
        Check.equal(f.get("empty"), "");
    }
}
