/* Runs one sequence of token ids and prints the first numbers of each token's last hidden state.
 *
 *   token_ids_c minilm.linnet 101 7592 2088 102
 */
#include <linnet/linnet.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char** argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: token_ids_c MODEL ID...\n");
    return 2;
  }
  linnet_error error;
  linnet_model* model = NULL;
  linnet_session* session = NULL;
  linnet_session_options options = {sizeof options};
  options.threads = 2;
  if (linnet_model_open(argv[1], &model, &error) != LINNET_OK ||
      linnet_session_create(model, &options, &session, &error) != LINNET_OK) {
    fprintf(stderr, "%s\n", error.message);
    return 1;
  }
  const size_t count = (size_t)(argc - 2), width = linnet_model_width(model, "hidden");
  int32_t* ids = malloc(count * sizeof(int32_t));
  float* rows = malloc(count * width * sizeof(float));
  if (ids == NULL || rows == NULL) return 1;
  for (size_t i = 0; i < count; ++i) ids[i] = (int32_t)atoi(argv[i + 2]);
  if (linnet_run(session, ids, &count, 1, "hidden", rows, width, &error) != LINNET_OK) {
    fprintf(stderr, "%s\n", error.message);
    return 1;
  }
  for (size_t i = 0; i < count; ++i) {
    printf("%6d ", (int)ids[i]);
    for (size_t k = 0; k < width && k < 6; ++k) printf(" %9.6f", rows[i * width + k]);
    printf("\n");
  }
  free(ids);
  free(rows);
  linnet_session_free(session);
  linnet_model_close(model);
  return 0;
}
