// The file from the editable form, and back.

#include <cstdlib>
#include <cstring>
#include <memory>
#include <set>
#include <string>

#include "base/atomic_file.h"
#include "base/file_map.h"
#include "model/edit.h"
#include "model/layout.h"
#include "model/view.h"

namespace linnet {

namespace {

struct Serialized {
  std::vector<uint8_t> head;  // header and graph, up to where the sections begin
  uint64_t file_bytes;
};

size_t padding_after(size_t bytes) { return round_up(bytes, kSectionAlignment) - bytes; }

// Sets the offsets of the tensors and builds everything before the sections. The offsets are part of the graph, and the
// size of the graph decides the offsets, but not the other way round: offsets never change its size (they are written
// even where they are zero).
Result<Serialized> serialize_head(EditableModel& model) {
  fbs::ModelT& graph = model.graph;
  LINNET_RETURN_IF_ERROR(model.error);
  if (model.sections.size() != graph.tensors.size()) {
    return Status::error(Code::internal, "%zu sections for %zu tensors", model.sections.size(), graph.tensors.size());
  }
  for (size_t i = 0; i < model.sections.size(); ++i) {
    if (graph.tensors[i]->bytes != model.sections[i].size()) {
      return Status::error(Code::internal, "tensor %zu ('%s') should have %llu bytes, its section has %zu", i,
                           graph.tensors[i]->name.c_str(), static_cast<unsigned long long>(graph.tensors[i]->bytes),
                           model.sections[i].size());
    }
  }
  std::set<std::string> names;
  for (const auto& value : graph.values) {
    if (value->name.empty() || !names.insert(value->name).second) {
      return Status::error(Code::internal, "a value is called '%s', which is empty or another one's name",
                           value->name.c_str());
    }
  }
  const auto build = [&](flatbuffers::FlatBufferBuilder& builder) {
    builder.ForceDefaults(true);
    builder.Finish(fbs::Model::Pack(builder, &graph), fbs::ModelIdentifier());
  };
  for (auto& tensor : graph.tensors) tensor->offset = 0;
  flatbuffers::FlatBufferBuilder sizing;
  build(sizing);
  const size_t sections_begin = round_up(kHeaderBytes + sizing.GetSize(), kSectionAlignment);
  uint64_t offset = sections_begin;
  Hash section_hash;
  for (size_t i = 0; i < model.sections.size(); ++i) {
    const std::vector<uint8_t>& section = model.sections[i];
    graph.tensors[i]->offset = offset;
    offset += section.size() + padding_after(section.size());
    // The hash takes whole words: what is left of the last one is hashed together with the padding.
    const size_t whole = section.size() / 8 * 8;
    section_hash.add(section.data(), whole);
    uint8_t tail[8 + kSectionAlignment] = {};
    const size_t rest = section.size() - whole;
    if (rest > 0) std::memcpy(tail, section.data() + whole, rest);
    section_hash.add(tail, rest + padding_after(section.size()));
  }
  flatbuffers::FlatBufferBuilder builder;
  build(builder);
  if (builder.GetSize() != sizing.GetSize()) return Status::error(Code::internal, "the graph changed its size");
  if (builder.GetSize() > kMaxGraphBytes) {
    return Status::error(Code::limit, "the graph has %u bytes, more than %llu", builder.GetSize(),
                         static_cast<unsigned long long>(kMaxGraphBytes));
  }
  Serialized result;
  result.file_bytes = offset;
  result.head.assign(sections_begin, 0);
  std::memcpy(result.head.data() + kHeaderBytes, builder.GetBufferPointer(), builder.GetSize());
  const FileHeader header = {kFormatVersion, builder.GetSize(), offset,
                             hash_bytes(builder.GetBufferPointer(), builder.GetSize()), section_hash.finish()};
  write_header(header, result.head.data());
  // Held to the reader's own rules, so that no pass can write a file that does not open.
  LINNET_RETURN_IF_ERROR(internal::verify_graph(*fbs::GetModel(builder.GetBufferPointer()), sections_begin, offset)
                             .within("the model breaks a rule of the format"));
  return result;
}

}  // namespace

Result<std::vector<uint8_t>> serialize_model(EditableModel& model) {
  const Result<Serialized> head = serialize_head(model);
  if (!head.ok()) return head.status();
  std::vector<uint8_t> bytes = head->head;
  bytes.reserve(head->file_bytes);
  for (const std::vector<uint8_t>& section : model.sections) {
    bytes.insert(bytes.end(), section.begin(), section.end());
    bytes.resize(bytes.size() + padding_after(section.size()), 0);
  }
  return bytes;
}

Status save_model(EditableModel& model, const std::string& path,
                  const std::function<bool(uint64_t done, uint64_t total)>& progress) {
  const Result<Serialized> head = serialize_head(model);
  if (!head.ok()) return head.status();
  Result<AtomicFile> file = AtomicFile::create(path);
  if (!file.ok()) return file.status();
  LINNET_RETURN_IF_ERROR(file->write(head->head.data(), head->head.size()));
  static constexpr uint8_t kZeros[kSectionAlignment] = {};
  uint64_t done = head->head.size();
  for (const std::vector<uint8_t>& section : model.sections) {
    if (progress && !progress(done, head->file_bytes)) return Status::error(Code::io, "interrupted");
    LINNET_RETURN_IF_ERROR(file->write(section.data(), section.size()));
    LINNET_RETURN_IF_ERROR(file->write(kZeros, padding_after(section.size())));
    done += section.size() + padding_after(section.size());
  }
  if (progress && !progress(done, head->file_bytes)) return Status::error(Code::io, "interrupted");
  return file->commit();
}

Result<EditableModel> load_model(const std::string& path) {
  const Result<FileMap> map = FileMap::open(path.c_str());
  if (!map.ok()) return map.status();
  const Result<ModelView> view = ModelView::open(map->data(), map->size());
  if (!view.ok()) return view.status().within(path.c_str());
  EditableModel model;
  view->graph()->UnPackTo(&model.graph);
  for (uint32_t i = 0; i < count_of(view->graph()->tensors()); ++i) {
    const uint8_t* begin = view->section(i);
    model.sections.emplace_back(begin, begin + view->tensor(i)->bytes());
  }
  return model;
}

}  // namespace linnet
