package dev.linnet;

import java.util.Objects;

/** How a session computes. Results do not depend on any of it. */
public final class SessionOptions {
  int threads;
  String isa;
  int maxPassTokens;
  int maxPassSequences;

  /** 1: the calling thread only. 0, the default: one for each fast core, at most 4. */
  public SessionOptions threads(int count) {
    threads = notNegative("threads", count);
    return this;
  }

  /** An instruction set by name, such as "neon". The default is the best one of the device. */
  public SessionOptions isa(String name) {
    isa = Objects.requireNonNull(name, "isa");
    return this;
  }

  /** The most tokens in one pass through the network; memory grows with it. 0: 1,024, or the model's maxTokens. */
  public SessionOptions maxPassTokens(int count) {
    maxPassTokens = notNegative("maxPassTokens", count);
    return this;
  }

  /** The most texts in one pass; memory grows with it a little. 0: 256. */
  public SessionOptions maxPassSequences(int count) {
    maxPassSequences = notNegative("maxPassSequences", count);
    return this;
  }

  private static int notNegative(String what, int count) {
    if (count < 0) throw new IllegalArgumentException(what + " is " + count + "; it must not be negative");
    return count;
  }
}
