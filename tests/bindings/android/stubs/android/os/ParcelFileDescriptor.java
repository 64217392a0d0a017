package android.os;

/** As much of Android's class as dev.linnet.android needs. */
public final class ParcelFileDescriptor {
  private final int descriptor;

  public ParcelFileDescriptor(int descriptor) {
    this.descriptor = descriptor;
  }

  public int getFd() {
    return descriptor;
  }
}
