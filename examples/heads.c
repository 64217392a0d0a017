/* Prints what the head of a model says of a text: its labels, the entities in it, what stands for its masks; with a
 * second text how well both go together, or what in it answers the first.
 *
 *   heads_c ner.linnet "Ada Lovelace lived in London."
 *   heads_c qa.linnet "Where did she live?" "Ada Lovelace lived in London."
 */
#include <linnet/linnet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 64 };

static int fail(const linnet_error* error) {
  fprintf(stderr, "%s\n", error->message);
  return 1;
}

static linnet_code classify(const linnet_model* model, linnet_session* session, size_t labels, const char* text,
                            linnet_error* error) {
  float* scores = malloc(labels * sizeof(float));
  if (scores == NULL) return LINNET_OUT_OF_MEMORY;
  const linnet_code code = linnet_classify(session, 0, &text, NULL, NULL, NULL, 1, NULL, scores, labels, error);
  for (size_t i = 0; code == LINNET_OK && i < labels; ++i) {
    printf("%.4f  %s\n", (double)scores[i], linnet_model_label(model, 0, i));
  }
  free(scores);
  return code;
}

static linnet_code rerank(linnet_session* session, const char* query, const char* text, linnet_error* error) {
  float score = 0;
  const linnet_code code = linnet_rerank(session, 0, query, strlen(query), &text, NULL, 1, NULL, &score, error);
  if (code == LINNET_OK) printf("%.4f\n", (double)score);
  return code;
}

static linnet_code tag(linnet_session* session, const char* text, linnet_error* error) {
  linnet_entity entities[MOST];
  size_t found;
  const linnet_code code = linnet_tag(session, 0, &text, NULL, 1, entities, MOST, &found, error);
  for (size_t i = 0; code == LINNET_OK && i < found; ++i) {
    printf("%.4f  %s  %.*s\n", entities[i].score, entities[i].label, (int)(entities[i].end - entities[i].begin),
           text + entities[i].begin);
  }
  return code;
}

static linnet_code answer(linnet_session* session, const char* question, const char* text, linnet_error* error) {
  linnet_span answers[3];
  size_t found;
  const linnet_code code =
      linnet_answer(session, 0, question, strlen(question), text, strlen(text), NULL, answers, 3, &found, error);
  for (size_t i = 0; code == LINNET_OK && i < found; ++i) {
    printf("%.4f  %.*s\n", answers[i].score, (int)(answers[i].end - answers[i].begin), text + answers[i].begin);
  }
  return code;
}

static linnet_code fill_mask(linnet_session* session, const char* text, linnet_error* error) {
  linnet_filler fillers[MOST];
  size_t masks;
  const linnet_code code = linnet_fill_mask(session, 0, text, strlen(text), 3, fillers, MOST, &masks, error);
  for (size_t i = 0; code == LINNET_OK && i < 3 * masks; ++i) {
    printf("%.4f  mask %zu: %.*s\n", fillers[i].score, i / 3 + 1, (int)fillers[i].bytes,
           fillers[i].id >= 0 ? fillers[i].token : "");
  }
  return code;
}

int main(int argc, char** argv) {
  if (argc < 3 || argc > 4) {
    fprintf(stderr, "usage: heads_c MODEL TEXT [TEXT]\n");
    return 2;
  }
  linnet_error error = {LINNET_OK, "no memory"};
  linnet_model* model = NULL;
  linnet_session* session = NULL;
  linnet_head head;
  if (linnet_model_open(argv[1], &model, &error) != LINNET_OK) return fail(&error);
  if (linnet_model_head(model, 0, &head, &error) != LINNET_OK) return fail(&error);
  linnet_session_options options = {sizeof options};
  options.max_pass_tokens = linnet_model_max_tokens(model); /* one text at a time needs no more */
  if (linnet_session_create(model, &options, &session, &error) != LINNET_OK) return fail(&error);

  const char *text = argv[2], *second = argc > 3 ? argv[3] : NULL;
  linnet_code code;
  switch (head.kind) {
    case LINNET_TOKEN_CLASSIFICATION: code = tag(session, text, &error); break;
    case LINNET_MASKED_TOKEN: code = fill_mask(session, text, &error); break;
    case LINNET_SPAN: code = answer(session, text, second != NULL ? second : "", &error); break;
    default:
      code =
          second != NULL ? rerank(session, text, second, &error) : classify(model, session, head.labels, text, &error);
  }
  if (code != LINNET_OK) return fail(&error);
  linnet_session_free(session);
  linnet_model_close(model);
  return 0;
}
