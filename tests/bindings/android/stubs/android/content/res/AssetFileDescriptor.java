package android.content.res;

import android.os.ParcelFileDescriptor;
import java.io.Closeable;

/** As much of Android's class as dev.linnet.android needs. */
public final class AssetFileDescriptor implements Closeable {
  private final ParcelFileDescriptor descriptor;
  private final long offset;
  private final long length;
  private final Closeable owner;

  public AssetFileDescriptor(ParcelFileDescriptor descriptor, long offset, long length, Closeable owner) {
    this.descriptor = descriptor;
    this.offset = offset;
    this.length = length;
    this.owner = owner;
  }

  public ParcelFileDescriptor getParcelFileDescriptor() {
    return descriptor;
  }

  public long getStartOffset() {
    return offset;
  }

  public long getLength() {
    return length;
  }

  @Override
  public void close() throws java.io.IOException {
    owner.close();
  }
}
