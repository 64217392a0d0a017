#include "lab/files.h"

#include <cerrno>
#include <cstring>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

#include "lab/embed_file.h"

namespace linnet::lab {

Result<Model> open_model(const std::string& path) {
  Result<Model> model = Model::open(path.c_str());
  if (model.ok()) return model;
  // The mapping's own errors name the file already.
  const bool named = std::string_view(model.status().message()).find(path) != std::string_view::npos;
  return named ? model.status() : model.status().within(path.c_str());
}

Status check_output(const std::string& path) {
  if (path == "-") return Status();
  struct stat information {};
  if (stat(path.c_str(), &information) == 0 && !S_ISREG(information.st_mode)) {
    return Status::error(Code::io, "cannot write '%s': it is not a regular file", path.c_str());
  }
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash > 0 ? slash : 1);
  if (stat(folder.c_str(), &information) != 0 || !S_ISDIR(information.st_mode)) {
    return Status::error(Code::not_found, "cannot write '%s': there is no folder '%s'", path.c_str(), folder.c_str());
  }
  if (access(folder.c_str(), W_OK | X_OK) != 0) {
    return Status::error(Code::io, "cannot write '%s': %s", path.c_str(), std::strerror(errno));
  }
  return Status();
}

uint64_t file_bytes(const std::string& path) {
  struct stat information {};
  return stat(path.c_str(), &information) == 0 ? static_cast<uint64_t>(information.st_size) : 0;
}

Result<std::vector<std::string>> read_texts(const std::string& path) {
  Result<LineReader> lines = LineReader::open(path);
  if (!lines.ok()) return lines.status();
  std::vector<std::string> texts;
  std::string line;
  for (;;) {
    const Result<bool> more = lines->next(&line);
    if (!more.ok()) return more.status();
    if (!*more) break;
    LINNET_RETURN_IF_ERROR(check_line(*lines, line));
    if (!line.empty()) texts.push_back(line);
  }
  if (texts.empty()) return Status::error(Code::invalid_argument, "%s holds no text", lines->name().c_str());
  return texts;
}

}  // namespace linnet::lab
