package dev.linnet;

import java.io.FileDescriptor;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;

/**
 * The functions of liblinnet_jni. Pointers are the caller's to keep valid: only {@link Model} and {@link Session} call
 * these, and they see to it that nothing is used after it is freed.
 */
final class Native {
  static {
    System.loadLibrary("linnet_jni");
  }

  private Native() {}

  static native String version();

  static native long openPath(String path);

  static native long openDescriptor(int descriptor, long offset, long length);

  static native int descriptorOf(FileDescriptor descriptor);

  static native long openMemory(ByteBuffer bytes, int position, int length);

  static native void closeModel(long model);

  static native int maxTokens(long model);

  static native int maxPositions(long model);

  /** 0 when there is no value of this name. */
  static native int width(long model, String output);

  /** 1, 0, or -1 when there is no value of this name. */
  static native int isPerToken(long model, String output);

  static native long createSession(long model, int threads, String isa, int maxPassTokens, int maxPassSequences);

  static native void freeSession(long session);

  static native String isa(long session);

  static native int threads(long session);

  static native long memoryBytes(long session);

  /** Embeds texts[first] to texts[first + count - 1] into rows of `width` floats from out[position] on. */
  static native void embed(
      long session, String[] texts, int first, int count, String prompt, FloatBuffer out, int position, int width);

  static native int[] tokenize(long session, String text, String prompt, int maxTokens);

  static native void run(
      long session, int[] ids, int[] lengths, String output, FloatBuffer out, int position, int width);
}
