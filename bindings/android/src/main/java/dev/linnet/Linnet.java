package dev.linnet;

/** The library itself. */
public final class Linnet {
  private Linnet() {}

  /** The version of the runtime, such as "0.1.0". */
  public static String version() {
    return Native.version();
  }
}
