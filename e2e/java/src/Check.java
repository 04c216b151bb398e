import com.aliyun.oss.OSSException;
import java.util.Arrays;
import java.util.Objects;

/** Runs the cases one by one, and what they assert. */
final class Check {
    /** A case; it may throw anything. */
    interface Case {
        void run() throws Throwable;
    }

    private static int passed;
    private static int failed;

    private Check() {}

    static void run(String name, Case body) {
        long started = System.nanoTime();
        try {
            body.run();
            passed += 1;
            System.out.printf("ok    %s (%d ms)%n", name, (System.nanoTime() - started) / 1_000_000);
        } catch (Throwable error) {
            failed += 1;
            System.out.printf("FAIL  %s%n", name);
            error.printStackTrace(System.out);
        }
    }

    /** Prints the totals; the exit code. */
    static int totals() {
        System.out.printf("java: %d passed, %d failed%n", passed, failed);
        return failed == 0 && passed > 0 ? 0 : 1;
    }

    static void equal(Object got, Object want) {
        if (!Objects.equals(got, want)) throw new AssertionError("got " + got + ", want " + want);
    }

    static void equal(byte[] got, byte[] want) {
        if (!Arrays.equals(got, want)) throw new AssertionError("got " + got.length + " other bytes than the " + want.length + " wanted");
    }

    static void that(boolean holds, String what) {
        if (!holds) throw new AssertionError(what);
    }

    /** The call is refused by the service with this code. */
    static OSSException fails(String code, Case call) {
        try {
            call.run();
        } catch (OSSException refused) {
            equal(refused.getErrorCode(), code);
            that(refused.getRequestId() != null, "a request id");
            return refused;
        } catch (Throwable other) {
            throw new AssertionError("want " + code, other);
        }
        throw new AssertionError("was not refused, want " + code);
    }
}
