// A tiny checkpoint with a head (tests/data/models/heads), as the file of its model, and what the C++ classes find with
// it: for tests that see the public headers alone.
#pragma once

#include <linnet/linnet.h>
#include <memory>
#include <span>
#include <string>
#include <vector>

class TinyHead {
 public:
  enum class Without { nothing, pairs, mask };  // what its tokenizer is not to know

  // `head` as ConvertOptions::head. Fails the current test when it cannot be made.
  explicit TinyHead(const std::string& checkpoint, const std::string& head = "", Without without = Without::nothing);
  ~TinyHead();

  std::span<const unsigned char> file() const;  // 64-byte aligned

  std::vector<linnet_entity> tag(const std::vector<std::string>& texts) const;  // their labels live as long as this
  std::vector<linnet_span> answer(const std::string& question, const std::string& text, size_t max_tokens, size_t top);
  std::vector<linnet_filler> fill_mask(const std::string& text, size_t top);
  std::vector<float> rerank(const std::string& query, const std::vector<std::string>& texts);

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};
