#include "model/view.h"

#include "model/layout.h"

namespace linnet {

Result<ModelView> ModelView::open(const uint8_t* bytes, size_t size) {
  if (bytes == nullptr || reinterpret_cast<uintptr_t>(bytes) % kSectionAlignment != 0) {
    return Status::error(Code::invalid_argument, "the bytes of a model must be aligned to %zu bytes",
                         kSectionAlignment);
  }
  const Result<FileHeader> header = read_header(bytes, size);
  if (!header.ok()) return header.status();
  const uint8_t* graph_bytes = bytes + kHeaderBytes;
  const size_t graph_size = static_cast<size_t>(header->graph_bytes);
  if (hash_bytes(graph_bytes, graph_size) != header->graph_hash) {
    return Status::error(Code::corrupt, "the graph is damaged (its hash does not match)");
  }
  // Depth 8 is twice what the schema nests; the number of tables bounds the time, and every table has at least 4 bytes.
  flatbuffers::Verifier verifier(graph_bytes, graph_size, 8, static_cast<flatbuffers::uoffset_t>(graph_size / 4 + 1));
  if (graph_size < 12 || !fbs::VerifyModelBuffer(verifier)) {
    return Status::error(Code::corrupt, "the graph is not a valid flatbuffer of a Linnet model");
  }
  ModelView view;
  view.bytes_ = bytes;
  view.size_ = size;
  view.graph_ = fbs::GetModel(graph_bytes);
  const Checked sections_begin = (Checked(header->graph_bytes) + kHeaderBytes).aligned(kSectionAlignment);
  LINNET_RETURN_IF_ERROR(internal::verify_graph(*view.graph_, sections_begin.value64(), size));
  return view;
}

Status verify_sections(const ModelView& view) {
  const Result<FileHeader> header = read_header(view.bytes(), view.size());
  if (!header.ok()) return header.status();
  const size_t begin = (Checked(header->graph_bytes) + kHeaderBytes).aligned(kSectionAlignment).value();
  const size_t size = view.size() > begin ? view.size() - begin : 0;
  if (hash_bytes(view.bytes() + begin, size) != header->section_hash) {
    return Status::error(Code::corrupt, "the tensor sections are damaged (their hash does not match)");
  }
  for (uint32_t i = 0; i < count_of(view.graph()->tensors()); ++i) {
    const fbs::Tensor& tensor = *view.tensor(i);
    if (tensor.type() != fbs::ElementType::S8) continue;
    const int8_t* values = view.data<int8_t>(i);
    for (uint64_t j = 0; j < tensor.bytes(); ++j) {
      if (values[j] == -128) {
        return Status::error(Code::corrupt,
                             "tensor %u ('%s') holds -128 at byte %llu; quantized values lie in -127..127", i,
                             text_of(tensor.name()), static_cast<unsigned long long>(j));
      }
    }
  }
  return Status();
}

}  // namespace linnet
