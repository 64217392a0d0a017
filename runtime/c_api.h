// What the parts of the C interface share: its objects, how a result is told, the texts of a caller.
#pragma once

#include <cstddef>

#include "base/status.h"
#include "linnet/linnet.h"
#include "runtime/session.h"

struct linnet_model {
  linnet::Model model;
};

struct linnet_session {
  linnet::Session session;
  const linnet::Model* model = nullptr;
};

namespace linnet::c_api {

// Fills in `error`, where there is one, and returns the code.
linnet_code report(const Status& status, linnet_error* error);
linnet_code null_argument(linnet_error* error);

// Options of a struct that begins with its size and has grown to `bytes`. A caller of an older header hands in a
// shorter one (or null); `known`, which is all zeros, keeps them where the caller does not know better.
Status read_options(const void* options, void* known, size_t bytes);

// Texts of a caller: `lengths` is null when they end with a null.
struct Texts {
  const char* const* texts = nullptr;
  const size_t* lengths = nullptr;
};

// What is done with texts [first, first + count) of a caller; `seconds` is null where the texts are no pairs. An error
// names a text by its place among these.
struct GroupWork {
  Status (*run)(const void* self, const Text* texts, const Text* seconds, size_t first, size_t count);
  const void* self;
};

// Does it with all texts, or pairs where `seconds` has texts, in small groups, so that no array of them all has to be
// made.
linnet_code in_groups(const Texts& texts, const Texts& seconds, size_t count, const GroupWork& work,
                      linnet_error* error);

// The same for a lambda.
template <typename Work>
linnet_code in_groups(const Texts& texts, const Texts& seconds, size_t count, const Work& work, linnet_error* error) {
  const auto run = [](const void* self, const Text* group, const Text* second_group, size_t first, size_t here) {
    return (*static_cast<const Work*>(self))(group, second_group, first, here);
  };
  return in_groups(texts, seconds, count, GroupWork{run, &work}, error);
}

}  // namespace linnet::c_api
