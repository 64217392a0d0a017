/* Linnet: run compressed transformer encoders.
 *
 * The stable C interface. A linnet_model is an immutable file, mapped into memory; any number of threads may share it.
 * A linnet_session holds the working memory of one caller at a time; several may run over one model at once. After a
 * session is created nothing allocates, but for linnet_tag, linnet_answer and linnet_fill_mask: they take memory from
 * the session's allocator for the time of a call, as much as the texts are long.
 *
 * Every function that can fail returns a linnet_code and, when `error` is not null, fills it in. Nothing prints, exits
 * or aborts. The structs linnet_session_options, linnet_answer_options and linnet_error only ever grow at their end,
 * and `size` says how much of them the caller knows; the others stay as they are.
 */
#ifndef LINNET_LINNET_H_
#define LINNET_LINNET_H_

#include <stddef.h>
#include <stdint.h>

#if defined(LINNET_STATIC)
#define LINNET_API
#elif defined(_WIN32)
#if defined(LINNET_BUILDING)
#define LINNET_API __declspec(dllexport)
#else
#define LINNET_API __declspec(dllimport)
#endif
#else
#define LINNET_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef enum linnet_code {
  LINNET_OK = 0,
  LINNET_INVALID_ARGUMENT = 1, /* the caller passed something that cannot work */
  LINNET_NOT_FOUND = 2,        /* a file, an output or a prompt that does not exist */
  LINNET_IO = 3,               /* the operating system refused */
  LINNET_CORRUPT = 4,          /* a damaged or truncated file */
  LINNET_UNSUPPORTED = 5,      /* well formed, but this version or this machine cannot do it */
  LINNET_LIMIT = 6,            /* larger than a stated limit */
  LINNET_OUT_OF_MEMORY = 7,
  LINNET_NON_FINITE = 8, /* a NaN or an infinity reached a step that needs finite numbers */
  LINNET_INTERNAL = 9
} linnet_code;

/* What went wrong, in words that name the thing. */
typedef struct linnet_error {
  linnet_code code;
  char message[1024];
} linnet_error;

typedef struct linnet_model linnet_model;
typedef struct linnet_session linnet_session;

/* The version of the library, "0.1.0". */
LINNET_API const char* linnet_version(void);

/* Opens a model file by mapping it. The file must not be truncated while it is open. */
LINNET_API linnet_code linnet_model_open(const char* path, linnet_model** model, linnet_error* error);

/* The same for `bytes` bytes at `offset` of an open file descriptor, which stays the caller's (not on Windows). At an
 * offset that is no multiple of 64 (Android packages align assets to 4 bytes) the bytes are read into memory of the
 * process instead of being mapped: this takes as much memory as the file is large, shared with no other process. */
LINNET_API linnet_code linnet_model_open_fd(int descriptor, uint64_t offset, uint64_t bytes, linnet_model** model,
                                            linnet_error* error);

/* Uses a model in memory, 64-byte aligned, which the caller keeps until the model is closed. */
LINNET_API linnet_code linnet_model_from_memory(const void* bytes, size_t size, linnet_model** model,
                                                linnet_error* error);

/* Sessions over the model must be freed first. Null is allowed. */
LINNET_API void linnet_model_close(linnet_model* model);

/* The tokens that an input text is cut to, special tokens included. */
LINNET_API size_t linnet_model_max_tokens(const linnet_model* model);

/* The longest sequence of token ids that linnet_run accepts. */
LINNET_API size_t linnet_model_max_positions(const linnet_model* model);

/* The floats in one row of an output (or of any intermediate value); `output` null means the default output, which is
 * the sentence embedding of an embedding model. 0 when there is none of this name. */
LINNET_API size_t linnet_model_width(const linnet_model* model, const char* output);

/* 1 when the output has one row a token, 0 when it has one a sequence, -1 when there is none of this name. */
LINNET_API int linnet_model_is_per_token(const linnet_model* model, const char* output);

/* What a head of a model says: beside its outputs, a model may label texts, score pairs of texts, tag words, find
 * answers or fill masks. */
typedef enum linnet_head_kind {
  LINNET_CLASSIFICATION = 0,       /* of a text: one label is right; probabilities that add up to 1 */
  LINNET_MULTI_LABEL = 1,          /* of a text: each label is right or wrong by itself; probabilities */
  LINNET_REGRESSION = 2,           /* of a text: numbers */
  LINNET_TOKEN_CLASSIFICATION = 3, /* of a token: one label is right */
  LINNET_SPAN = 4,                 /* of a token: scores of being the first and the last one of an answer */
  LINNET_MASKED_TOKEN = 5          /* of a token: a score for each token of the vocabulary */
} linnet_head_kind;

typedef struct linnet_head {
  linnet_head_kind kind;
  const char* output; /* the value that holds its scores, for linnet_run; lives as long as the model */
  size_t labels;      /* how many there are; 0 for the last two kinds */
} linnet_head;

LINNET_API size_t linnet_model_heads(const linnet_model* model);

/* index < linnet_model_heads(model). */
LINNET_API linnet_code linnet_model_head(const linnet_model* model, size_t index, linnet_head* head,
                                         linnet_error* error);

/* The name of a label of a head, or null when there is none. It lives as long as the model. */
LINNET_API const char* linnet_model_label(const linnet_model* model, size_t head, size_t label);

/* Runs tasks on the host's own threads: must call task(context, index, worker) once for each index < count, with
 * worker < workers and no two calls of one worker at a time, and return when all have returned. */
typedef void (*linnet_parallel_for)(void* self, size_t count, void (*task)(void* context, size_t index, size_t worker),
                                    void* context);

typedef struct linnet_session_options {
  size_t size;               /* sizeof(linnet_session_options) */
  size_t max_pass_tokens;    /* most tokens in one pass through the network; 0: 1,024 or the model's max_tokens */
  size_t max_pass_sequences; /* most sequences in one pass; 0: 256 */
  size_t threads;            /* 1: the calling thread only; 0: one for each fast core, at most 4 */
  const char* isa;           /* an instruction set by name ("avx2"); null: LINNET_ISA, else the best */
  linnet_parallel_for parallel_for; /* null: threads of the session's own */
  void* parallel_for_self;
  size_t parallel_for_workers;
  void* (*allocate)(void* self, size_t bytes, size_t alignment); /* null: the C library's */
  void (*release)(void* self, void* memory);
  void* allocator_self;
  const char* backend; /* "onednn" or "xnnpack": another library for the matrix products of linear layers, where this
                          build has it; null: none. It keeps its own copy of the weights for each session and allocates
                          while it runs; float outputs are then only nearly the same, INT8 ones the same bytes. */
  int strict;          /* not 0: a linear layer that the backend does not take is an error */
} linnet_session_options;

/* Creates a session. `options` may be null. The model must outlive the session. */
LINNET_API linnet_code linnet_session_create(const linnet_model* model, const linnet_session_options* options,
                                             linnet_session** session, linnet_error* error);

/* Null is allowed. */
LINNET_API void linnet_session_free(linnet_session* session);

/* The instruction set that the session runs on, e.g. "avx512vnni". */
LINNET_API const char* linnet_session_isa(const linnet_session* session);

/* Bytes that the session allocated. */
LINNET_API size_t linnet_session_memory(const linnet_session* session);

/* The threads that the session computes on, the calling one included. */
LINNET_API size_t linnet_session_threads(const linnet_session* session);

/* Where a linear layer (a matrix product) runs. The texts live as long as the session and its model. */
typedef struct linnet_linear_place {
  const char* op;      /* by the name of its output */
  const char* layer;   /* "qkv", "output", "up", "down" or "dense" */
  const char* runs_on; /* "onednn", "xnnpack" or the kernel, e.g. "gemm_f32_s8s8_32x32_amx" */
  const char* reason;  /* why the backend does not take it; null when it does, or when there is none */
} linnet_linear_place;

LINNET_API size_t linnet_session_linear_layers(const linnet_session* session);

/* index < linnet_session_linear_layers(session). */
LINNET_API linnet_code linnet_session_linear_layer(const linnet_session* session, size_t index,
                                                   linnet_linear_place* place, linnet_error* error);

/* Embeds `count` UTF-8 texts: one row of linnet_model_width(model, NULL) floats for each, `stride` floats apart.
 * `lengths` holds their bytes, or is null for null-terminated texts. `prompt` is the name of a prompt that the model
 * knows, or null for its default. The rows are the same bytes whatever the batch, the threads and the machine. */
LINNET_API linnet_code linnet_embed(linnet_session* session, const char* const* texts, const size_t* lengths,
                                    size_t count, const char* prompt, float* out, size_t stride, linnet_error* error);

/* What head `head` (one of the first three kinds) says of `count` texts, or with `seconds` of pairs of texts: one row
 * of its labels' probabilities (of its numbers) for each, `stride` floats apart. `lengths`, `second_lengths` and
 * `prompt`, which stands before the first text of a pair, as in linnet_embed. */
LINNET_API linnet_code linnet_classify(linnet_session* session, size_t head, const char* const* texts,
                                       const size_t* lengths, const char* const* seconds, const size_t* second_lengths,
                                       size_t count, const char* prompt, float* out, size_t stride,
                                       linnet_error* error);

/* How well each of `count` texts goes with a query, by head `head` of a cross-encoder: one of the first three kinds
 * with one label. Writes one score a text, as linnet_classify does for the pairs of the query and each text. */
LINNET_API linnet_code linnet_rerank(linnet_session* session, size_t head, const char* query, size_t query_length,
                                     const char* const* texts, const size_t* lengths, size_t count, const char* prompt,
                                     float* scores, linnet_error* error);

/* What a head says about places in texts of any length, without a prompt: a text longer than linnet_model_max_tokens is
 * read in windows that overlap. The session's passes must be that long (max_pass_tokens). */

/* A name, a place, whatever the labels of a head for token classification stand for. */
typedef struct linnet_entity {
  size_t text;       /* the text that it is in */
  size_t begin, end; /* its bytes of that text */
  const char* label; /* without "B-" or "I-"; lives as long as the model */
  double score;      /* the mean probability of its words' labels */
} linnet_entity;

/* Finds the entities of `count` texts by head `head` (LINNET_TOKEN_CLASSIFICATION), in their order; `lengths` as in
 * linnet_embed. Words of one type that follow each other are one entity, "B-" begins a new one, "O" is none. *found
 * says how many there are: with more than `capacity`, as many are written and the code is LINNET_LIMIT. */
LINNET_API linnet_code linnet_tag(linnet_session* session, size_t head, const char* const* texts, const size_t* lengths,
                                  size_t count, linnet_entity* entities, size_t capacity, size_t* found,
                                  linnet_error* error);

/* An answer: bytes [begin, end) of the text, whole words. */
typedef struct linnet_span {
  size_t begin, end;
  double score; /* the probability of its first times that of its last token, over all tokens of the text */
} linnet_span;

typedef struct linnet_answer_options {
  size_t size;              /* sizeof(linnet_answer_options) */
  size_t max_answer_tokens; /* the longest answer; 0: 15 */
} linnet_answer_options;

/* Finds the pieces of a text that answer a question by head `head` (LINNET_SPAN): the `top` best ones, the best first,
 * none over another. *found says how many there are: none in a text without words. `options` may be null. */
LINNET_API linnet_code linnet_answer(linnet_session* session, size_t head, const char* question, size_t question_length,
                                     const char* text, size_t length, const linnet_answer_options* options,
                                     linnet_span* answers, size_t top, size_t* found, linnet_error* error);

/* A token that may stand in place of a mask. */
typedef struct linnet_filler {
  int32_t id;        /* -1: the vocabulary has no more */
  const char* token; /* not null-terminated; lives as long as the model */
  size_t bytes;      /* of the token */
  double score;      /* its probability */
} linnet_filler;

/* Says what may stand for each mask ("[MASK]") of a text by head `head` (LINNET_MASKED_TOKEN): `top` tokens for each,
 * the most probable first, those of the next mask behind them. *masks says how many masks there are, also with
 * LINNET_LIMIT, when `top` for each are more than `capacity`. A text has one pass here and is cut, and a session for it
 * is smallest with max_pass_tokens = linnet_model_max_tokens: each token of a pass takes a float for each token of the
 * vocabulary. */
LINNET_API linnet_code linnet_fill_mask(linnet_session* session, size_t head, const char* text, size_t length,
                                        size_t top, linnet_filler* fillers, size_t capacity, size_t* masks,
                                        linnet_error* error);

/* Tokenizes one text as linnet_embed does: writes at most `capacity` ids and their number. `capacity` must be at least
 * the smaller of the text's tokens and linnet_model_max_tokens. */
LINNET_API linnet_code linnet_tokenize(linnet_session* session, const char* text, size_t length, const char* prompt,
                                       int32_t* ids, size_t capacity, size_t* count, linnet_error* error);

/* Runs sequences of token ids (concatenated, `lengths[i]` ids each) and writes the rows of `output` (null: the default
 * output): one a token or one a sequence, `stride` floats apart. */
LINNET_API linnet_code linnet_run(linnet_session* session, const int32_t* ids, const size_t* lengths, size_t sequences,
                                  const char* output, float* out, size_t stride, linnet_error* error);

#ifdef __cplusplus
}
#endif

#endif /* LINNET_LINNET_H_ */
