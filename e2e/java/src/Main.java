import com.aliyun.oss.common.comm.SignVersion;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;

/** aliyun-sdk-oss against the binary, with each of its signatures; CRC checks are on. */
public final class Main {
    /** A case for a client with a bucket of its own. */
    interface ClientCase {
        void run(Fixture fixture) throws Throwable;
    }

    private Main() {}

    public static void main(String[] arguments) throws Exception {
        // The client logs each refusal, and refusals are what many cases are about.
        Logger log = Logger.getLogger("com.aliyun.oss");
        log.setLevel(Level.OFF);
        Map<String, ClientCase> cases = new LinkedHashMap<>();
        ObjectCases.add(cases);
        TransferCases.add(cases);
        VersionCases.add(cases);
        ConfigurationCases.add(cases);
        SignedCases.add(cases);
        try (Coho coho = new Coho()) {
            for (SignVersion version : new SignVersion[] {SignVersion.V1, SignVersion.V2, SignVersion.V4}) {
                cases.forEach((name, body) -> Check.run(version + " " + name, () -> {
                    Fixture fixture = new Fixture(coho, version);
                    try {
                        body.run(fixture);
                    } finally {
                        fixture.client.shutdown();
                    }
                }));
            }
        }
        System.exit(Check.totals());
    }
}
