/* The module's own functions beside linnet.h, so that JavaScript need not know the layout of any C struct. */
#include <linnet/linnet.h>
#include <stdlib.h>

#define LINNET_EXPORT(name) __attribute__((export_name(#name)))

/* Room for the error of a call; released by free(). Null when there is no memory. */
LINNET_EXPORT(linnet_web_error_create) linnet_error* linnet_web_error_create(void) {
  return calloc(1, sizeof(linnet_error));
}

LINNET_EXPORT(linnet_web_error_message) const char* linnet_web_error_message(const linnet_error* error) {
  return error->message;
}

/* linnet_session_create with the two options that make sense here. `isa` may be null; max_pass_tokens 0 is the default.
 */
LINNET_EXPORT(linnet_web_session_create)
linnet_code linnet_web_session_create(const linnet_model* model, const char* isa, size_t max_pass_tokens,
                                      linnet_session** session, linnet_error* error) {
  linnet_session_options options = {0};
  options.size = sizeof options;
  options.isa = isa;
  options.max_pass_tokens = max_pass_tokens;
  return linnet_session_create(model, &options, session, error);
}
