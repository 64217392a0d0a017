package android.content.res;

import java.io.FileNotFoundException;
import java.io.IOException;

/** As much of Android's class as dev.linnet.android needs; a test says what openFd gives. */
public class AssetManager {
  public AssetFileDescriptor openFd(String name) throws IOException {
    throw new FileNotFoundException(name);
  }
}
