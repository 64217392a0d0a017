import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The golden INT8 model, the texts of cases.json and what the model must make of them. */
final class Golden {
  final Path model;
  final String[] texts;
  final int[][] ids;
  final String prompt;
  final float[][] rows;

  Golden(Path folder) throws IOException {
    model = folder.resolve("tiny_bert_int8.linnet");
    String cases = Files.readString(folder.resolve("expected/cases.json"));
    List<String> found = new ArrayList<>();
    Matcher text = Pattern.compile("\"([^\"\\\\]*)\"").matcher(list(cases, "texts"));
    while (text.find()) found.add(text.group(1));
    texts = found.toArray(new String[0]);
    List<int[]> sequences = new ArrayList<>();
    Matcher sequence = Pattern.compile("\\[([0-9, ]+)\\]").matcher(list(cases, "text_ids"));
    while (sequence.find()) {
      String[] numbers = sequence.group(1).split(", ");
      int[] each = new int[numbers.length];
      for (int i = 0; i < each.length; ++i) each[i] = Integer.parseInt(numbers[i]);
      sequences.add(each);
    }
    ids = sequences.toArray(new int[0][]);
    Matcher name = Pattern.compile("\"prompt\": \"(\\w+)\"").matcher(cases);
    Check.that(name.find() && texts.length > 0 && ids.length == texts.length, "cases.json was not understood");
    prompt = name.group(1);
    rows = readRows(folder.resolve("expected/int8_texts.npy"));
    Check.equal(texts.length, rows.length);
  }

  /** The array `name` of the JSON text, brackets included. */
  private static String list(String json, String name) {
    int begin = json.indexOf("\"" + name + "\": [") + name.length() + 4;
    Check.that(begin > name.length() + 3, "cases.json has no " + name);
    int depth = 0;
    for (int i = begin; ; ++i) {
      if (json.charAt(i) == '[') ++depth;
      if (json.charAt(i) == ']' && --depth == 0) return json.substring(begin, i + 1);
    }
  }

  /** A float32 NumPy file with two dimensions. */
  private static float[][] readRows(Path path) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
    int header = bytes.getShort(8);
    Matcher shape =
        Pattern.compile("'<f4'.*\\((\\d+), (\\d+)\\)")
            .matcher(new String(bytes.array(), 10, header, StandardCharsets.US_ASCII));
    Check.that(shape.find(), path + " is not a float32 array of two dimensions");
    float[][] rows = new float[Integer.parseInt(shape.group(1))][Integer.parseInt(shape.group(2))];
    bytes.position(10 + header);
    for (float[] row : rows) {
      for (int i = 0; i < row.length; ++i) row[i] = bytes.getFloat();
    }
    return rows;
  }
}
