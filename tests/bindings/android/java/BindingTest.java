import android.content.res.AssetFileDescriptor;
import android.content.res.AssetManager;
import android.os.ParcelFileDescriptor;
import dev.linnet.Linnet;
import dev.linnet.LinnetException;
import dev.linnet.Model;
import dev.linnet.Session;
import dev.linnet.SessionOptions;
import dev.linnet.android.Assets;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The Java classes over liblinnet_jni, on the golden model: FOLDER OF GOLDEN MODELS, FOLDER FOR FILES. */
public final class BindingTest {
  private static Golden golden;
  private static Path work;

  private static Model open() {
    return Model.open(golden.model.toFile());
  }

  private static FloatBuffer direct(int floats) {
    return ByteBuffer.allocateDirect(4 * floats).order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  private static void checkAnswers(Model model) {
    try (Session session = new Session(model)) {
      Check.sameBits(golden.rows, session.embed(golden.texts, golden.prompt));
    }
  }

  /** A file that holds the model at an offset, and something before and after it. */
  private static Path packed(int offset) throws IOException {
    byte[] model = Files.readAllBytes(golden.model);
    byte[] bytes = new byte[offset + model.length + 100];
    Arrays.fill(bytes, (byte) 0x55);
    System.arraycopy(model, 0, bytes, offset, model.length);
    return Files.write(work.resolve("packed_" + offset), bytes);
  }

  private static void answers(Check check) {
    check.test("embeds the golden texts byte for byte", () -> {
      try (Model model = open()) {
        checkAnswers(model);
      }
    });
    check.test("a text gives the same bits alone, in a list and in a buffer", () -> {
      try (Model model = open(); Session session = new Session(model)) {
        int width = model.width();
        Check.equal(golden.rows[0].length, width);
        FloatBuffer out = direct(7 + golden.texts.length * width + 1);
        out.position(7);
        session.embed(golden.texts, golden.prompt, out);
        Check.equal(7 + golden.texts.length * width, out.position());
        Check.equal(0.0f, out.get(6));
        Check.equal(0.0f, out.get(out.position()));
        out.position(7);
        for (int i = 0; i < golden.texts.length; ++i) {
          Check.sameBits(golden.rows[i], session.embed(new String[] {golden.texts[i]}, golden.prompt)[0]);
          Check.sameBits(golden.rows[i], Check.take(out, width));
        }
        Check.sameBits(session.embed("a bird", "the cat"), session.embed(List.of("a bird", "the cat")));
      }
    });
    check.test("more texts than one native call takes", () -> {
      String[] many = new String[700];
      for (int i = 0; i < many.length; ++i) many[i] = golden.texts[i * 7 % golden.texts.length];
      try (Model model = open(); Session session = new Session(model)) {
        float[][] rows = session.embed(many, golden.prompt);
        FloatBuffer out = direct(many.length * model.width());
        session.embed(many, golden.prompt, out);
        out.flip();
        for (int i = 0; i < many.length; ++i) {
          Check.sameBits(golden.rows[i * 7 % golden.texts.length], rows[i]);
          Check.sameBits(rows[i], Check.take(out, model.width()));
        }
        many[600] = "broken \ud83d";
        Check.fails(IllegalArgumentException.class, () -> session.embed(many, golden.prompt), "texts[600]", "index 7");
      }
    });
    check.test("token ids in and out", () -> {
      try (Model model = open(); Session session = new Session(model)) {
        for (int i = 0; i < golden.texts.length; ++i) {
          Check.sameIds(golden.ids[i], session.tokenize(golden.texts[i], golden.prompt));
        }
        Check.sameBits(golden.rows, session.run(golden.ids, null));
        int tokens = Arrays.stream(golden.ids).mapToInt(each -> each.length).sum();
        Check.that(model.isPerToken("hidden") && !model.isPerToken(null), "one row a token and one a sequence");
        float[][] hidden = session.run(golden.ids, "hidden");
        Check.equal(tokens, hidden.length);
        FloatBuffer out = direct(tokens * model.width("hidden"));
        session.run(
            Arrays.stream(golden.ids).flatMapToInt(Arrays::stream).toArray(),
            Arrays.stream(golden.ids).mapToInt(each -> each.length).toArray(), "hidden", out);
        Check.equal(0, out.remaining());
        out.flip();
        for (float[] row : hidden) Check.sameBits(row, Check.take(out, row.length));
        Check.equal(0, session.run(new int[0][], null).length);
        Check.fails(LinnetException.class, () -> session.run(new int[][] {{2, 9999}}, null), "9999");
        Check.fails(LinnetException.class, () -> session.run(new int[][] {{2, 3}, {}}, null), "sequence 1 is empty");
        Check.fails(NullPointerException.class, () -> session.run(new int[][] {{2}, null}, null), "sequences[1]");
        Check.fails(IllegalArgumentException.class, () -> session.run(golden.ids, "nothing"), "'nothing'");
        Check.fails(IllegalArgumentException.class,
            () -> session.run(new int[] {2, 3}, new int[] {1}, null, direct(99)), "add up to 1");
        Check.fails(IllegalArgumentException.class,
            () -> session.run(new int[] {2, 3}, new int[] {-1, 3}, null, direct(99)), "-1");
      }
    });
    check.test("what a model and a session say of themselves", () -> {
      try (Model model = open()) {
        Check.that(model.maxTokens() > 10 && model.maxPositions() >= model.maxTokens(), "limits");
        Check.fails(IllegalArgumentException.class, () -> model.width("nothing"), "'nothing'");
        Check.fails(IllegalArgumentException.class, () -> model.isPerToken("nothing"), "'nothing'");
        long small;
        SessionOptions options = new SessionOptions().isa("scalar").threads(3).maxPassTokens(64).maxPassSequences(2);
        try (Session session = new Session(model, options)) {
          Check.equal("scalar", session.isa());
          Check.equal(3, session.threads());
          Check.sameBits(golden.rows, session.embed(golden.texts, golden.prompt));
          small = session.memoryBytes();
        }
        try (Session session = new Session(model)) {
          Check.that(session.threads() >= 1 && session.threads() <= 4, "threads by default: " + session.threads());
          Check.that(small > 0 && session.memoryBytes() > small, "memory");
          Check.that(!session.isa().isEmpty(), "isa");
        }
        LinnetException problem =
            Check.fails(LinnetException.class, () -> new Session(model, new SessionOptions().isa("avx1024")), "avx1024");
        Check.that(problem.code() != LinnetException.Code.OK, "code");
        Check.fails(LinnetException.class, () -> new Session(model, new SessionOptions().threads(1000)), "1000 threads");
        Check.fails(IllegalArgumentException.class, () -> new SessionOptions().threads(-1), "threads is -1");
        checkAnswers(model);
      }
      Check.that(Linnet.version().matches("\\d+\\.\\d+\\.\\d+"), Linnet.version());
    });
  }

  private static void opening(Check check) {
    check.test("a model inside another file, at offsets that can be mapped and that cannot", () -> {
      long length = Files.size(golden.model);
      for (int offset : new int[] {64 * 77, 4 * 1001, 1}) {
        Model model;
        try (FileInputStream file = new FileInputStream(packed(offset).toFile())) {
          model = Model.open(file.getFD(), offset, length);
          Check.fails(LinnetException.class, () -> Model.open(file.getFD(), offset, length + 101), "do not lie within");
          Check.fails(LinnetException.class, () -> Model.open(file.getFD(), offset + 4, length));
          Check.fails(LinnetException.class, () -> Model.open(file.getFD(), Long.MAX_VALUE, Long.MAX_VALUE));
          Check.fails(IllegalArgumentException.class, () -> Model.open(file.getFD(), -1, length), "-1");
        }
        checkAnswers(model); // the descriptor is closed
        model.close();
      }
      FileInputStream closed = new FileInputStream(golden.model.toFile());
      FileDescriptor descriptor = closed.getFD();
      closed.close();
      Check.fails(IllegalArgumentException.class, () -> Model.open(descriptor, 0, length), "not open");
      Check.fails(LinnetException.class, () -> Model.open(-1, 0, length));
    });
    check.test("an asset of an app", () -> {
      Path file = packed(4 * 333);
      AssetManager assets = new AssetManager() {
        @Override
        public AssetFileDescriptor openFd(String name) throws IOException {
          if (!name.equals("m.linnet")) return super.openFd(name);
          FileInputStream stream = new FileInputStream(file.toFile());
          try {
            Field number = FileDescriptor.class.getDeclaredField("fd");
            number.setAccessible(true);
            ParcelFileDescriptor parcel = new ParcelFileDescriptor(number.getInt(stream.getFD()));
            return new AssetFileDescriptor(parcel, 4 * 333, Files.size(golden.model), stream);
          } catch (ReflectiveOperationException problem) {
            throw new AssertionError(problem);
          }
        }
      };
      try (Model model = Assets.open(assets, "m.linnet")) {
        checkAnswers(model);
      }
      Check.fails(FileNotFoundException.class, () -> Assets.open(assets, "none.linnet"));
    });
    check.test("a model in memory, which stays there while it is used", () -> {
      try (FileChannel file = FileChannel.open(golden.model); FileChannel shifted = FileChannel.open(packed(64 * 3))) {
        long length = file.size();
        Model mapped = Model.open(file.map(FileChannel.MapMode.READ_ONLY, 0, length));
        for (int i = 0; i < 5; ++i) {
          System.gc();
          ByteBuffer.allocateDirect(1 << 20);
        }
        checkAnswers(mapped);
        mapped.close();
        ByteBuffer whole = shifted.map(FileChannel.MapMode.READ_ONLY, 0, 64 * 3 + length);
        whole.position(64 * 3);
        try (Model model = Model.open(whole)) {
          checkAnswers(model);
        }
        whole.position(64 * 3 - 1);
        Check.fails(IllegalArgumentException.class, () -> Model.open(whole), "multiple of 64", "alignedSlice(64)");
        ByteBuffer aligned = ByteBuffer.allocateDirect((int) length + 63).alignedSlice(64);
        file.read(aligned.limit((int) length), 0);
        aligned.flip();
        try (Model model = Model.open(aligned)) {
          checkAnswers(model);
        }
        Check.fails(IllegalArgumentException.class, () -> Model.open(ByteBuffer.allocate(100)), "direct");
        aligned.limit(100);
        Check.fails(LinnetException.class, () -> Model.open(aligned));
        aligned.limit(0);
        Check.fails(LinnetException.class, () -> Model.open(aligned));
      }
    });
    check.test("files that are no models", () -> {
      Path file = work.resolve("ein Vogel \ud83d\udc26.linnet");
      Files.deleteIfExists(file); // of an earlier run
      LinnetException missing = Check.fails(LinnetException.class, () -> Model.open(file.toString()), file.toString());
      Check.equal(LinnetException.Code.NOT_FOUND, missing.code());
      Files.write(file, new byte[1000]);
      LinnetException damaged = Check.fails(LinnetException.class, () -> Model.open(file.toString()), file.toString());
      Check.equal(LinnetException.Code.CORRUPT, damaged.code());
      Files.copy(golden.model, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      try (Model model = Model.open(file.toString())) {
        checkAnswers(model);
      }
      Check.fails(IllegalArgumentException.class, () -> Model.open(golden.model + "\0x"), "path", "U+0000");
      Check.fails(NullPointerException.class, () -> Model.open((String) null), "path");
      Check.fails(NullPointerException.class, () -> Model.open((ByteBuffer) null), "bytes");
      Check.fails(NullPointerException.class, () -> Model.open((FileDescriptor) null, 0, 1), "descriptor");
    });
  }

  private static void texts(Check check) {
    check.test("text is UTF-8 and not Java's own kind of it", () -> {
      try (Model model = open(); Session session = new Session(model)) {
        // The tokenizer refuses what is not UTF-8: a bird of two surrogates and U+0000 would be.
        int[] bird = session.tokenize("the \ud83d\udc26 cat", golden.prompt);
        int[] none = session.tokenize("the cat", golden.prompt);
        Check.equal(none.length + 1, bird.length);
        Check.sameIds(session.tokenize("the\u0000 c\u0000at", golden.prompt), none);
        Check.sameBits(session.embed("the \ud83d\udc26"), session.embed("the \ud83d\udc21"));
        Check.equal(3, session.embed("", "\u0000", "\uffff").length);
        for (String text : new String[] {"ab\ud83d", "ab\udc26", "ab\ud83d\ud83d\udc26", "ab\ud83dx"}) {
          Check.fails(IllegalArgumentException.class, () -> session.embed("a", text), "texts[1]", "index 2", "surrogate");
          Check.fails(IllegalArgumentException.class, () -> session.tokenize(text), "text is no valid text", "index 2");
        }
        LinnetException unknown =
            Check.fails(LinnetException.class, () -> session.embed(golden.texts, "vogel \ud83d\udc26"),
                "no prompt named 'vogel \ud83d\udc26'");
        Check.equal(LinnetException.Code.NOT_FOUND, unknown.code());
        Check.fails(IllegalArgumentException.class, () -> session.embed(golden.texts, "q\0"), "prompt", "U+0000");
      }
    });
    check.test("nothing, null and too much", () -> {
      try (Model model = open(); Session session = new Session(model)) {
        Check.equal(0, session.embed().length);
        Check.equal(0, session.embed(List.of()).length);
        session.embed(new String[0], null, direct(0));
        Check.fails(NullPointerException.class, () -> session.embed((String[]) null, null), "texts");
        Check.fails(NullPointerException.class, () -> session.embed((List<String>) null));
        Check.fails(NullPointerException.class, () -> session.embed("a", null, "b"), "texts[1] is null");
        Check.fails(NullPointerException.class, () -> session.tokenize(null), "text");
        Check.fails(NullPointerException.class, () -> session.embed(golden.texts, null, null), "out");
        Check.fails(NullPointerException.class, () -> session.run(null, null), "sequences");
        Check.fails(NullPointerException.class, () -> new Session(null), "model");
        Check.fails(NullPointerException.class, () -> new Session(model, null), "options");
        // 2^31 token ids would be more than an array holds.
        int[] large = new int[1 << 20];
        int[][] sequences = new int[1 << 11][];
        Arrays.fill(sequences, large);
        Check.fails(IllegalArgumentException.class, () -> session.run(sequences, null), "token ids");
        String[] long_texts = {"the cat ".repeat(200000), "the cat ".repeat(400)};
        float[][] rows = session.embed(long_texts);
        Check.sameBits(rows[0], rows[1]); // both are cut
      }
    });
    check.test("buffers that cannot take the result", () -> {
      try (Model model = open(); Session session = new Session(model)) {
        int floats = golden.texts.length * model.width();
        ByteBuffer bytes = ByteBuffer.allocateDirect(4 * floats + 4).order(ByteOrder.nativeOrder());
        ByteOrder other =
            ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        Check.fails(IllegalArgumentException.class,
            () -> session.embed(golden.texts, null, FloatBuffer.allocate(floats)), "direct");
        Check.fails(IllegalArgumentException.class,
            () -> session.embed(golden.texts, null, bytes.duplicate().order(other).asFloatBuffer()), "byte order");
        Check.fails(ReadOnlyBufferException.class,
            () -> session.embed(golden.texts, null, bytes.asFloatBuffer().asReadOnlyBuffer()));
        Check.fails(IllegalArgumentException.class, () -> session.embed(golden.texts, null, direct(floats - 1)),
            "room for " + (floats - 1));
        bytes.position(1);
        Check.fails(IllegalArgumentException.class,
            () -> session.embed(golden.texts, null, bytes.slice().order(ByteOrder.nativeOrder()).asFloatBuffer()),
            "multiple of 4");
      }
    });
  }

  private static void lifetimes(Check check) {
    check.test("after close", () -> {
      Model model = open();
      Session session = new Session(model);
      model.close();
      model.close();
      Check.sameBits(golden.rows, session.embed(golden.texts, golden.prompt)); // which keeps the model
      Check.sameBits(golden.rows, session.run(golden.ids, null));
      Check.fails(IllegalStateException.class, model::width, "the model is closed");
      Check.fails(IllegalStateException.class, model::maxTokens, "the model is closed");
      Check.fails(IllegalStateException.class, () -> new Session(model), "the model is closed");
      session.close();
      session.close();
      Check.fails(IllegalStateException.class, () -> session.embed("a"), "the session is closed");
      Check.fails(IllegalStateException.class, () -> session.embed(), "the session is closed");
      Check.fails(IllegalStateException.class, () -> session.embed(new String[] {"a"}, null, direct(99)), "closed");
      Check.fails(IllegalStateException.class, () -> session.tokenize("a"), "the session is closed");
      Check.fails(IllegalStateException.class, () -> session.run(golden.ids, null), "the session is closed");
      Check.fails(IllegalStateException.class,
          () -> session.run(new int[] {2}, new int[] {1}, null, direct(99)), "the session is closed");
      Check.fails(IllegalStateException.class, session::isa, "the session is closed");
      Check.fails(IllegalStateException.class, session::threads, "the session is closed");
      Check.fails(IllegalStateException.class, session::memoryBytes, "the session is closed");
    });
    check.test("a session for each of many threads, and one for all", () -> {
      try (Model model = open(); Session shared = new Session(model)) {
        Threads threads = new Threads();
        for (int i = 0; i < 8; ++i) {
          int each = i;
          threads.start(() -> {
            try (Session own = new Session(model, new SessionOptions().threads(1 + each % 2))) {
              for (int round = 0; round < 40; ++round) {
                int at = (each + round) % golden.texts.length;
                String[] text = {golden.texts[at]};
                Check.sameBits(golden.rows[at], own.embed(text, golden.prompt)[0]);
                Check.sameBits(golden.rows[at], shared.embed(text, golden.prompt)[0]);
              }
            }
          });
        }
        threads.join();
      }
    });
    check.test("close while others call", () -> {
      for (int round = 0; round < 20; ++round) {
        Model model = open();
        Session session = new Session(model);
        Threads threads = new Threads();
        for (int i = 0; i < 3; ++i) {
          boolean makes_sessions = i == 2;
          threads.start(() -> {
            try {
              for (;;) {
                if (makes_sessions) {
                  checkAnswers(model);
                } else {
                  Check.sameBits(golden.rows, session.embed(golden.texts, golden.prompt));
                }
              }
            } catch (IllegalStateException closed) {
              Check.that(closed.getMessage().endsWith("is closed"), closed.getMessage());
            }
          });
        }
        Thread.sleep(5);
        model.close();
        session.close();
        threads.join();
      }
    });
  }

  /** Threads whose failures are the test's. */
  private static final class Threads {
    private final java.util.ArrayList<Thread> threads = new java.util.ArrayList<>();
    private volatile Throwable failure;

    void start(Check.Body body) {
      Thread thread = new Thread(() -> {
        try {
          body.run();
        } catch (Throwable problem) {
          failure = problem;
        }
      });
      threads.add(thread);
      thread.start();
    }

    void join() throws InterruptedException {
      for (Thread thread : threads) thread.join();
      if (failure != null) throw new AssertionError(failure);
    }
  }

  public static void main(String[] arguments) throws IOException {
    golden = new Golden(Path.of(arguments[0]));
    work = Files.createDirectories(Path.of(arguments[1]));
    Check check = new Check();
    answers(check);
    opening(check);
    texts(check);
    lifetimes(check);
    System.exit(check.finish());
  }
}
