package dev.linnet;

import java.io.File;
import java.io.FileDescriptor;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * A model file: immutable, and free to be used by any number of threads at a time.
 *
 * <p>Close it when no new sessions are wanted. Sessions that are still open keep what they need of it; its memory goes
 * when the last of them is closed, too.
 */
public final class Model implements AutoCloseable {
  private final long pointer;
  private final Object bytes; // memory that the model lies in, kept from the garbage collector
  private boolean closed;
  private int users = 1; // this object and the open sessions

  private Model(long pointer, Object bytes) {
    this.pointer = pointer;
    this.bytes = bytes;
  }

  /** Opens a file by mapping it. Nobody may truncate it while it is in use. */
  public static Model open(File path) {
    return open(path.getPath());
  }

  /** The same by name. */
  public static Model open(String path) {
    Objects.requireNonNull(path, "path");
    return new Model(Native.openPath(path), null);
  }

  /**
   * Opens {@code length} bytes at {@code offset} of an open file, which the caller may close afterwards. At an offset that
   * is a multiple of 64 the bytes are mapped. At others (assets of Android packages are aligned to 4 bytes) they are read
   * into memory instead, which takes as much memory as the model is large.
   */
  public static Model open(FileDescriptor descriptor, long offset, long length) {
    Objects.requireNonNull(descriptor, "descriptor");
    if (!descriptor.valid()) throw new IllegalArgumentException("the file descriptor is not open");
    return open(Native.descriptorOf(descriptor), offset, length);
  }

  /** The same for a file descriptor by number, as ParcelFileDescriptor.getFd() gives it. */
  public static Model open(int descriptor, long offset, long length) {
    if (offset < 0 || length < 0) {
      throw new IllegalArgumentException("an offset of " + offset + " and a length of " + length + " bytes");
    }
    return new Model(Native.openDescriptor(descriptor, offset, length), null);
  }

  /**
   * Uses a model in memory, from the buffer's position to its limit, without copying it: a direct buffer whose first byte
   * lies at a multiple of 64, such as a mapped file. Nobody may change its bytes while the model is in use.
   */
  public static Model open(ByteBuffer bytes) {
    Objects.requireNonNull(bytes, "bytes");
    if (!bytes.isDirect()) {
      throw new IllegalArgumentException("a model in memory must lie in a direct buffer: ByteBuffer.allocateDirect");
    }
    return new Model(Native.openMemory(bytes, bytes.position(), bytes.remaining()), bytes);
  }

  /** The tokens that a text is cut to, special tokens included. */
  public synchronized int maxTokens() {
    return Native.maxTokens(pointer());
  }

  /** The longest sequence of token ids that {@link Session#run} takes. */
  public synchronized int maxPositions() {
    return Native.maxPositions(pointer());
  }

  /** The floats of one embedding. */
  public int width() {
    return width(null);
  }

  /** The floats in a row of a value of the network; null: of the default output. */
  public synchronized int width(String output) {
    int width = Native.width(pointer(), output);
    if (width == 0) throw noSuchValue(output);
    return width;
  }

  /** Whether a value has one row a token, and not one a sequence; null: the default output. */
  public synchronized boolean isPerToken(String output) {
    int perToken = Native.isPerToken(pointer(), output);
    if (perToken < 0) throw noSuchValue(output);
    return perToken == 1;
  }

  /** Frees the model as soon as no session uses it. May be called more than once. */
  @Override
  public synchronized void close() {
    if (closed) return;
    closed = true;
    release();
  }

  /** For a session that is about to be made, which must call {@link #release} once when it is closed. */
  synchronized long acquire() {
    long known = pointer();
    ++users;
    return known;
  }

  synchronized void release() {
    if (--users == 0) Native.closeModel(pointer);
  }

  static IllegalArgumentException noSuchValue(String name) {
    return new IllegalArgumentException("the model has no value named '" + name + "'");
  }

  private long pointer() {
    if (closed) throw new IllegalStateException("the model is closed");
    return pointer;
  }
}
