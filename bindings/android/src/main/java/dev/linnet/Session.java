package dev.linnet;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ReadOnlyBufferException;
import java.util.List;
import java.util.Objects;

/**
 * The working memory of one caller at a time. Threads that call one session wait for each other; for work in parallel
 * make a session for each of them, over one {@link Model}.
 */
public final class Session implements AutoCloseable {
  /** Texts in one native call: more give nothing, and their UTF-8 lies in memory at once. */
  private static final int GROUP = 256;

  private final Model model;
  private final long modelPointer; // valid until this session releases the model
  private final long pointer;
  private final int width;
  private final int maxTokens;
  private FloatBuffer rows; // of one group; made when it is first needed
  private boolean closed;

  /** A session with a thread for each fast core, at most 4. */
  public Session(Model model) {
    this(model, new SessionOptions());
  }

  public Session(Model model, SessionOptions options) {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(options, "options");
    this.model = model;
    this.width = model.width();
    this.maxTokens = model.maxTokens();
    this.modelPointer = model.acquire();
    long created = 0;
    try {
      created =
          Native.createSession(
              modelPointer, options.threads, options.isa, options.maxPassTokens, options.maxPassSequences);
    } finally {
      if (created == 0) model.release();
    }
    this.pointer = created;
  }

  /** One row of {@link Model#width()} floats for each text. */
  public float[][] embed(String... texts) {
    return embed(texts, null);
  }

  public float[][] embed(List<String> texts) {
    return embed(texts.toArray(new String[0]), null);
  }

  /** The same with a prompt of the model put before each text, by name; null: its default prompt. */
  public synchronized float[][] embed(String[] texts, String prompt) {
    Objects.requireNonNull(texts, "texts");
    pointer();
    float[][] result = new float[texts.length][];
    for (int first = 0; first < texts.length; first += GROUP) {
      int count = Math.min(GROUP, texts.length - first);
      if (rows == null || rows.capacity() < (long) count * width) rows = allocate((long) count * width);
      Native.embed(pointer, texts, first, count, prompt, rows, 0, width);
      read(rows, result, first, count, width);
    }
    return result;
  }

  /**
   * Writes the rows into a direct buffer in native byte order, without a copy in between, from its position on, which moves
   * behind them.
   */
  public synchronized void embed(String[] texts, String prompt, FloatBuffer out) {
    Objects.requireNonNull(texts, "texts");
    pointer();
    checkRoom(out, texts.length, width);
    int begin = out.position();
    for (int first = 0; first < texts.length; first += GROUP) {
      int count = Math.min(GROUP, texts.length - first);
      Native.embed(pointer, texts, first, count, prompt, out, begin + first * width, width);
    }
    out.position(begin + texts.length * width);
  }

  /** The token ids of a text as {@link #embed} sees them: with special tokens, cut to {@link Model#maxTokens()}. */
  public int[] tokenize(String text) {
    return tokenize(text, null);
  }

  public synchronized int[] tokenize(String text, String prompt) {
    Objects.requireNonNull(text, "text");
    return Native.tokenize(pointer(), text, prompt, maxTokens);
  }

  /**
   * Runs sequences of token ids and gives the rows of a value of the network (null: the default output): one a sequence or
   * one a token, all sequences in order.
   */
  public synchronized float[][] run(int[][] sequences, String output) {
    Objects.requireNonNull(sequences, "sequences");
    int[] lengths = new int[sequences.length];
    long total = 0;
    for (int i = 0; i < sequences.length; ++i) {
      if (sequences[i] == null) throw new NullPointerException("sequences[" + i + "] is null");
      lengths[i] = sequences[i].length;
      total += lengths[i];
    }
    checkSize("token ids", total);
    int[] ids = new int[(int) total];
    int at = 0;
    for (int[] sequence : sequences) {
      System.arraycopy(sequence, 0, ids, at, sequence.length);
      at += sequence.length;
    }
    int rowWidth = width(output);
    int count = isPerToken(output) ? (int) total : sequences.length;
    FloatBuffer out = allocate((long) count * rowWidth);
    Native.run(pointer(), ids, lengths, output, out, 0, rowWidth);
    float[][] result = new float[count][];
    read(out, result, 0, count, rowWidth);
    return result;
  }

  /**
   * The same for concatenated sequences, {@code lengths[i]} ids each, into a direct buffer in native byte order, from its
   * position on, which moves behind the rows.
   */
  public synchronized void run(int[] ids, int[] lengths, String output, FloatBuffer out) {
    Objects.requireNonNull(ids, "ids");
    Objects.requireNonNull(lengths, "lengths");
    int rowWidth = width(output);
    long total = 0;
    for (int length : lengths) {
      if (length < 0) throw new IllegalArgumentException("a sequence of " + length + " token ids");
      total += length;
    }
    if (total != ids.length) {
      throw new IllegalArgumentException("the lengths add up to " + total + "; there are " + ids.length + " token ids");
    }
    int count = isPerToken(output) ? ids.length : lengths.length;
    checkRoom(out, count, rowWidth);
    Native.run(pointer, ids, lengths, output, out, out.position(), rowWidth);
    out.position(out.position() + count * rowWidth);
  }

  /** The instruction set that the session runs on, such as "neon". */
  public synchronized String isa() {
    return Native.isa(pointer());
  }

  /** The threads that it computes on, the calling one included. */
  public synchronized int threads() {
    return Native.threads(pointer());
  }

  /** Bytes that the session allocated; the model's own are not among them. */
  public synchronized long memoryBytes() {
    return Native.memoryBytes(pointer());
  }

  /** Waits for a call that another thread has made, and frees the session. May be called more than once. */
  @Override
  public synchronized void close() {
    if (closed) return;
    closed = true;
    rows = null;
    Native.freeSession(pointer);
    model.release();
  }

  private long pointer() {
    if (closed) throw new IllegalStateException("the session is closed");
    return pointer;
  }

  private int width(String output) {
    pointer();
    int known = Native.width(modelPointer, output);
    if (known == 0) throw Model.noSuchValue(output);
    return known;
  }

  private boolean isPerToken(String output) {
    return Native.isPerToken(modelPointer, output) == 1;
  }

  private static FloatBuffer allocate(long floats) {
    checkSize("floats in the result", floats * Float.BYTES);
    return ByteBuffer.allocateDirect((int) (floats * Float.BYTES)).order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  private static void read(FloatBuffer from, float[][] rows, int first, int count, int width) {
    FloatBuffer view = from.duplicate();
    for (int i = 0; i < count; ++i) {
      rows[first + i] = new float[width];
      view.get(rows[first + i]);
    }
  }

  private static void checkSize(String what, long count) {
    if (count > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("more " + what + " than one call can take: make several calls");
    }
  }

  private static void checkRoom(FloatBuffer out, int rows, int width) {
    Objects.requireNonNull(out, "out");
    if (out.isReadOnly()) throw new ReadOnlyBufferException();
    if (!out.isDirect() || out.order() != ByteOrder.nativeOrder()) {
      throw new IllegalArgumentException(
          "the result must be a direct buffer in native byte order:"
              + " ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder()).asFloatBuffer()");
    }
    if (out.remaining() < (long) rows * width) {
      throw new IllegalArgumentException(
          "the result has room for " + out.remaining() + " floats; " + rows + " rows of " + width + " need "
              + (long) rows * width);
    }
  }
}
