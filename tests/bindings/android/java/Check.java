import java.nio.FloatBuffer;
import java.util.Arrays;

/** Runs named tests and says which of them failed. */
final class Check {
  interface Body {
    void run() throws Exception;
  }

  private int failed;
  private int passed;

  void test(String name, Body body) {
    try {
      body.run();
      ++passed;
      System.out.println("ok      " + name);
    } catch (Throwable problem) {
      ++failed;
      System.out.println("FAILED  " + name);
      problem.printStackTrace(System.out);
    }
  }

  /** The exit code of the program. */
  int finish() {
    System.out.println(passed + " passed, " + failed + " failed");
    return failed == 0 && passed > 0 ? 0 : 1;
  }

  static void that(boolean holds, String what) {
    if (!holds) throw new AssertionError(what);
  }

  static void equal(Object expected, Object actual) {
    that(expected.equals(actual), "expected " + expected + ", got " + actual);
  }

  static void sameIds(int[] expected, int[] actual) {
    that(Arrays.equals(expected, actual), "expected " + Arrays.toString(expected) + ", got " + Arrays.toString(actual));
  }

  /** The same bits, not only equal numbers. */
  static void sameBits(float[] expected, float[] actual) {
    equal(expected.length, actual.length);
    for (int i = 0; i < expected.length; ++i) {
      int want = Float.floatToRawIntBits(expected[i]);
      int got = Float.floatToRawIntBits(actual[i]);
      that(want == got, "float " + i + ": " + expected[i] + " and " + actual[i] + " are not the same bits");
    }
  }

  static void sameBits(float[][] expected, float[][] actual) {
    equal(expected.length, actual.length);
    for (int i = 0; i < expected.length; ++i) sameBits(expected[i], actual[i]);
  }

  static float[] take(FloatBuffer from, int count) {
    float[] row = new float[count];
    from.get(row);
    return row;
  }

  /** That the body throws exactly this type, with a message that has all of these words. Gives the exception. */
  static <T extends Throwable> T fails(Class<T> type, Body body, String... words) {
    try {
      body.run();
    } catch (Throwable problem) {
      that(problem.getClass() == type, "expected " + type.getName() + ", got " + problem);
      for (String word : words) {
        that(String.valueOf(problem.getMessage()).contains(word), "'" + word + "' is not in: " + problem.getMessage());
      }
      return type.cast(problem);
    }
    throw new AssertionError("expected " + type.getName() + ", and nothing was thrown");
  }
}
