#include "base/status.h"

namespace linnet {

const char* code_name(Code code) {
  switch (code) {
    case Code::ok: return "ok";
    case Code::invalid_argument: return "invalid_argument";
    case Code::not_found: return "not_found";
    case Code::io: return "io";
    case Code::corrupt: return "corrupt";
    case Code::unsupported: return "unsupported";
    case Code::limit: return "limit";
    case Code::out_of_memory: return "out_of_memory";
    case Code::non_finite: return "non_finite";
    case Code::internal: return "internal";
  }
  return "unknown";
}

Status Status::error(Code code, const char* format, ...) {
  Status status;
  status.code_ = code;
  va_list arguments;
  va_start(arguments, format);
  const int wanted = std::vsnprintf(status.message_, kCapacity, format, arguments);
  va_end(arguments);
  if (wanted < 0) {
    status.length_ = 0;
  } else if (static_cast<size_t>(wanted) >= kCapacity) {
    status.length_ = kCapacity - 1;
    std::memcpy(status.message_ + kCapacity - 4, "...", 4);
  } else {
    status.length_ = static_cast<size_t>(wanted);
  }
  return status;
}

}  // namespace linnet
