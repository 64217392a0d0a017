package dev.linnet;

import java.nio.charset.StandardCharsets;

/** What went wrong, in words that name the thing and, where there is something, say what to do about it. */
public final class LinnetException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** The kinds of errors; their order is that of linnet_code in linnet.h and never changes. */
  public enum Code {
    OK,
    /** The caller passed something that cannot work. */
    INVALID_ARGUMENT,
    /** A file, an output or a prompt that does not exist. */
    NOT_FOUND,
    /** The operating system refused. */
    IO,
    /** A damaged or truncated file. */
    CORRUPT,
    /** Well formed, but this version or this device cannot do it. */
    UNSUPPORTED,
    /** Larger than a stated limit. */
    LIMIT,
    OUT_OF_MEMORY,
    /** A NaN or an infinity reached a step that needs finite numbers. */
    NON_FINITE,
    INTERNAL
  }

  private final Code code;

  /** Called by the native code: the message is UTF-8. */
  LinnetException(int code, byte[] message) {
    super(new String(message, StandardCharsets.UTF_8));
    Code[] codes = Code.values();
    this.code = code >= 0 && code < codes.length ? codes[code] : Code.INTERNAL;
  }

  public Code code() {
    return code;
  }
}
