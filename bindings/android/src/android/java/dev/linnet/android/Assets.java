package dev.linnet.android;

import android.content.res.AssetFileDescriptor;
import android.content.res.AssetManager;
import dev.linnet.Model;
import java.io.IOException;

/** Models among the assets of an app. */
public final class Assets {
  private Assets() {}

  /**
   * Opens an asset, which must be stored uncompressed: {@code androidResources { noCompress += "linnet" }} in the app's
   * build file.
   *
   * @throws IOException when there is no such asset, or it is compressed
   */
  public static Model open(AssetManager assets, String name) throws IOException {
    try (AssetFileDescriptor asset = assets.openFd(name)) {
      return Model.open(asset.getParcelFileDescriptor().getFd(), asset.getStartOffset(), asset.getLength());
    }
  }
}
