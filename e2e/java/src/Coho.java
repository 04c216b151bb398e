import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The server under test as a process: on free ports, with a fresh data folder, stopped by its own handle. */
final class Coho implements AutoCloseable {
    static final String ACCESS_KEY_ID = "e2ekey";
    static final String ACCESS_KEY_SECRET = "e2e-secret-0123456789";
    static final String REGION = "cn-hangzhou";
    private static final long STOP_SECONDS = 90;

    private final Path work = Files.createTempDirectory("coho-e2e-");
    private final Path log = work.resolve("stderr.log");
    private final Process process;
    private String endpoint;
    private String admin;

    Coho() throws IOException {
        String named = System.getenv("COHO_BINARY");
        String binary = named != null ? named : "../../target/checked/coho";
        ProcessBuilder builder = new ProcessBuilder(
            binary, "serve", "--data-dir", work.resolve("data").toString(), "--listen", "127.0.0.1:0",
            "--admin-listen", "127.0.0.1:0", "--console-listen", "off", "--origin-allow", "127.0.0.0/8",
            "--callback-allow", "127.0.0.0/8");
        builder.environment().keySet().removeIf(name -> name.startsWith("COHO_"));
        builder.environment().putAll(Map.of("COHO_ACCESS_KEY_ID", ACCESS_KEY_ID, "COHO_ACCESS_KEY_SECRET", ACCESS_KEY_SECRET));
        process = builder.redirectError(log.toFile()).start();
        process.getOutputStream().close();
        BufferedReader lines = new BufferedReader(new InputStreamReader(process.getInputStream()));
        String line = lines.readLine();
        for (; line != null && !line.strip().equals("ready"); line = lines.readLine()) {
            String[] words = line.strip().split("\\s+");
            if (words.length == 2 && words[0].equals("endpoint")) endpoint = words[1];
            if (words.length == 2 && words[0].equals("admin")) admin = words[1];
        }
        if (line == null) throw new IOException("coho did not start:\n" + Files.readString(log));
    }

    /** Such as http://127.0.0.1:PORT. */
    String endpoint() {
        return endpoint;
    }

    /** Id, secret and security token of a key that lasts for an hour, made through the admin address. */
    String[] temporaryKey() throws IOException, InterruptedException {
        String token = field(Files.readString(work.resolve("data/admin.json")), "token");
        HttpRequest request = HttpRequest.newBuilder(URI.create(admin + "/v1/access-keys"))
            .header("Authorization", "Bearer " + token).header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString("{\"expires_seconds\": 3600}")).build();
        String issued = HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
        return new String[] {field(issued, "id"), field(issued, "secret"), field(issued, "security_token")};
    }

    /** The first text of this name in a JSON document whose texts need no escapes. */
    private static String field(String json, String name) throws IOException {
        Matcher matcher = Pattern.compile("\"" + name + "\"\\s*:\\s*\"([^\"]*)\"").matcher(json);
        if (!matcher.find()) throw new IOException("no " + name + " in " + json);
        return matcher.group(1);
    }

    @Override
    public void close() throws IOException {
        recordAnswers();
        process.destroy();
        boolean ended = hasEnded();
        process.destroyForcibly();
        String logged = Files.readString(log);
        if (!ended || process.exitValue() != 0 || logged.contains("panicked")) throw new IOException("coho ended badly:\n" + logged);
        try (var paths = Files.walk(work)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).collect(Collectors.toList())) Files.delete(path);
        }
    }

    private boolean hasEnded() {
        try {
            return process.waitFor(STOP_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Appends the server's counts of answers by operation to the file that COHO_E2E_ANSWERS names. */
    private void recordAnswers() throws IOException {
        String file = System.getenv("COHO_E2E_ANSWERS");
        if (file == null) return;
        String page;
        try (InputStream body = URI.create(admin + "/-/metrics").toURL().openStream()) {
            page = new String(body.readAllBytes(), StandardCharsets.UTF_8);
        }
        String counts = page.lines().filter(line -> line.startsWith("coho_http_requests_total{")).map(line -> line + "\n").collect(Collectors.joining());
        Files.writeString(Path.of(file), counts, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
}
