/* Embeds the sentences given on the command line and prints how similar each is to the first.
 *
 *   embed_c minilm.linnet "A cat sits on the mat." "A kitten rests on a rug." "Stocks fell on Friday."
 */
#include <linnet/linnet.h>
#include <stdio.h>
#include <stdlib.h>

static int fail(const linnet_error* error) {
  fprintf(stderr, "%s\n", error->message);
  return 1;
}

int main(int argc, char** argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: embed_c MODEL TEXT...\n");
    return 2;
  }
  linnet_error error;
  linnet_model* model = NULL;
  linnet_session* session = NULL;
  if (linnet_model_open(argv[1], &model, &error) != LINNET_OK) return fail(&error);
  if (linnet_session_create(model, NULL, &session, &error) != LINNET_OK) return fail(&error);

  const size_t count = (size_t)(argc - 2), width = linnet_model_width(model, NULL);
  float* rows = malloc(count * width * sizeof(float));
  if (rows == NULL) return 1;
  const char* const* texts = (const char* const*)(argv + 2);
  if (linnet_embed(session, texts, NULL, count, NULL, rows, width, &error) != LINNET_OK) return fail(&error);

  printf("%zu numbers a text, on %s\n", width, linnet_session_isa(session));
  for (size_t i = 0; i < count; ++i) {
    double similarity = 0; /* the rows have length 1 when the model normalizes them */
    for (size_t k = 0; k < width; ++k) similarity += (double)rows[k] * rows[i * width + k];
    printf("%7.4f  %s\n", similarity, texts[i]);
  }
  free(rows);
  linnet_session_free(session);
  linnet_model_close(model);
  return 0;
}
