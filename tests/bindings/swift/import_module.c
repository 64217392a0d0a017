/* Imports the C module of the Swift package, as Swift does, and embeds a text through it. */
#pragma clang module import CLinnet

int printf(const char*, ...);

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  linnet_error error;
  linnet_model* model = 0;
  linnet_session* session = 0;
  if (linnet_model_open(argv[1], &model, &error) != LINNET_OK ||
      linnet_session_create(model, 0, &session, &error) != LINNET_OK) {
    printf("%s\n", error.message);
    return 1;
  }
  float row[4096];
  const char* text = "the cat";
  const size_t width = linnet_model_width(model, 0);
  if (width > 4096 || linnet_embed(session, &text, 0, 1, 0, row, width, &error) != LINNET_OK) {
    printf("%s\n", error.message);
    return 1;
  }
  float squares = 0;
  for (size_t i = 0; i < width; ++i) squares += row[i] * row[i];
  printf("%s: squares of the embedding add up to %.4f\n", linnet_version(), squares);
  linnet_session_free(session);
  linnet_model_close(model);
  return squares > 0.99f && squares < 1.01f ? 0 : 1;
}
