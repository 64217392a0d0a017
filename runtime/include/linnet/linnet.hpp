// Linnet for C++: a thin, header-only layer over linnet.h. Nothing throws; a call that can fail returns an Error, which
// is false when all went well.
//
//   linnet::Model model;
//   if (linnet::Error error = model.open("m.linnet")) return fail(error.message());
//   linnet::Session session;
//   if (linnet::Error error = session.create(model)) return fail(error.message());
//   std::vector<float> row(model.width());
//   std::string_view text = "hello";
//   if (linnet::Error error = session.embed({&text, 1}, row)) return fail(error.message());
#ifndef LINNET_LINNET_HPP_
#define LINNET_LINNET_HPP_

#include <cstring>
#include <linnet/linnet.h>
#include <memory>
#include <span>
#include <string_view>

namespace linnet {
// Its own names in the binary, so that linking the static library cannot mix them with the library's inner classes.
inline namespace v1 {

// True when something went wrong.
class [[nodiscard]] Error {
 public:
  Error() {
    error_.code = LINNET_OK;
    error_.message[0] = '\0';
  }
  explicit operator bool() const { return error_.code != LINNET_OK; }
  linnet_code code() const { return error_.code; }
  const char* message() const { return error_.message; }

  linnet_error* receive() { return &error_; }

 private:
  linnet_error error_;
};

// A model file, immutable and shareable. See linnet_model_*.
class Model {
 public:
  Error open(const char* path) {
    Error error;
    linnet_model* model = nullptr;
    linnet_model_open(path, &model, error.receive());
    model_.reset(model);
    return error;
  }
  // `bytes` must be 64-byte aligned and outlive the model.
  Error open(std::span<const unsigned char> bytes) {
    Error error;
    linnet_model* model = nullptr;
    linnet_model_from_memory(bytes.data(), bytes.size(), &model, error.receive());
    model_.reset(model);
    return error;
  }

  size_t width(const char* output = nullptr) const { return linnet_model_width(get(), output); }
  bool is_per_token(const char* output = nullptr) const { return linnet_model_is_per_token(get(), output) == 1; }
  size_t heads() const { return linnet_model_heads(get()); }
  Error head(size_t index, linnet_head& head) const {
    Error error;
    linnet_model_head(get(), index, &head, error.receive());
    return error;
  }
  // Null when there is none.
  const char* label(size_t head, size_t label) const { return linnet_model_label(get(), head, label); }
  size_t max_tokens() const { return linnet_model_max_tokens(get()); }
  size_t max_positions() const { return linnet_model_max_positions(get()); }
  const linnet_model* get() const { return model_.get(); }

 private:
  struct Close {
    void operator()(linnet_model* model) const { linnet_model_close(model); }
  };
  std::unique_ptr<linnet_model, Close> model_;
};

// The working memory of one caller at a time. The model must outlive it. Without options it computes on one thread for
// each fast core, at most 4; options.threads = 1 keeps to the calling thread. See linnet_session_*.
class Session {
 public:
  Error create(const Model& model, linnet_session_options options = {}) {
    Error error;
    options.size = sizeof options;
    linnet_session* session = nullptr;
    linnet_session_create(model.get(), &options, &session, error.receive());
    session_.reset(session);
    width_ = model.width();
    return error;
  }

  // One row of model.width() floats a text; `out` holds texts.size() rows.
  Error embed(std::span<const std::string_view> texts, std::span<float> out, const char* prompt = nullptr) {
    if (!holds(out, texts, width_)) return too_few_rows();
    return in_groups(texts, {}, [&](const Group& group, size_t first, Error& error) {
      linnet_embed(get(), group.texts, group.lengths, group.count, prompt, out.data() + first * width_, width_,
                   error.receive());
    });
  }

  // What a head says of each text, or of each pair where `seconds` holds as many texts: a row of its labels'
  // probabilities, or of its numbers, `labels` of them (linnet_head::labels). See linnet_classify.
  Error classify(size_t head, size_t labels, std::span<const std::string_view> texts,
                 std::span<const std::string_view> seconds, std::span<float> out, const char* prompt = nullptr) {
    if (!holds(out, texts, labels)) return too_few_rows();
    return in_groups(texts, seconds, [&](const Group& group, size_t first, Error& error) {
      linnet_classify(get(), head, group.texts, group.lengths, group.pairs ? group.seconds : nullptr,
                      group.second_lengths, group.count, prompt, out.data() + first * labels, labels, error.receive());
    });
  }

  // One score a text: how well it goes with the query. See linnet_rerank.
  Error rerank(size_t head, std::string_view query, std::span<const std::string_view> texts, std::span<float> scores,
               const char* prompt = nullptr) {
    if (!holds(scores, texts, 1)) return too_few_rows();
    return in_groups(texts, {}, [&](const Group& group, size_t first, Error& error) {
      linnet_rerank(get(), head, data_of(query), query.size(), group.texts, group.lengths, group.count, prompt,
                    scores.data() + first, error.receive());
    });
  }

  // The entities of texts, `found` of them; LINNET_LIMIT when there are more than `entities` holds, which then has the
  // first ones. See linnet_tag.
  Error tag(size_t head, std::span<const std::string_view> texts, std::span<linnet_entity> entities, size_t& found) {
    found = 0;
    return in_groups(texts, {}, [&](const Group& group, size_t first, Error& error) {
      const std::span<linnet_entity> room = entities.subspan(found);
      size_t here = 0;
      linnet_tag(get(), head, group.texts, group.lengths, group.count, room.data(), room.size(), &here,
                 error.receive());
      for (size_t i = 0; i < here && i < room.size(); ++i) room[i].text += first;
      found += here;
    });
  }

  // The best answers, `found` of them, at most as many as `answers` holds. See linnet_answer.
  Error answer(size_t head, std::string_view question, std::string_view text, std::span<linnet_span> answers,
               size_t& found, linnet_answer_options options = {}) {
    Error error;
    options.size = sizeof options;
    linnet_answer(get(), head, data_of(question), question.size(), data_of(text), text.size(), &options, answers.data(),
                  answers.size(), &found, error.receive());
    return error;
  }

  // `top` tokens for each mask of the text, `masks` times. See linnet_fill_mask.
  Error fill_mask(size_t head, std::string_view text, size_t top, std::span<linnet_filler> fillers, size_t& masks) {
    Error error;
    linnet_fill_mask(get(), head, data_of(text), text.size(), top, fillers.data(), fillers.size(), &masks,
                     error.receive());
    return error;
  }

  // The rows of `output` for concatenated sequences of token ids. `stride` is at least model.width(output), and `out`
  // holds a row of it for every token or sequence.
  Error run(std::span<const int32_t> ids, std::span<const size_t> lengths, const char* output, float* out,
            size_t stride) {
    Error error;
    linnet_run(get(), ids.data(), lengths.data(), lengths.size(), output, out, stride, error.receive());
    return error;
  }

  const char* isa() const { return linnet_session_isa(get()); }
  size_t threads() const { return linnet_session_threads(get()); }
  linnet_session* get() const { return session_.get(); }

 private:
  static constexpr size_t kGroup = 64;
  struct Group {
    const char *texts[kGroup], *seconds[kGroup];
    size_t lengths[kGroup], second_lengths[kGroup];
    size_t count;
    bool pairs;
  };

  static Error refuse(const char* why) {
    Error error;
    error.receive()->code = LINNET_INVALID_ARGUMENT;
    std::strcpy(error.receive()->message, why);
    return error;
  }
  static bool holds(std::span<float> out, std::span<const std::string_view> texts, size_t width) {
    return out.size() / (width > 0 ? width : 1) >= texts.size();
  }
  static Error too_few_rows() { return refuse("the result holds fewer rows than there are texts"); }

  // An empty view may point nowhere.
  static const char* data_of(std::string_view text) { return text.data() != nullptr ? text.data() : ""; }

  // Calls work(group, its first text, error) for all texts, up to the first error.
  template <typename Work>
  static Error in_groups(std::span<const std::string_view> texts, std::span<const std::string_view> seconds,
                         const Work& work) {
    if (!seconds.empty() && seconds.size() != texts.size()) return refuse("there are not as many second texts as first");
    Error error;
    for (size_t i = 0; i < texts.size() && !error; i += kGroup) {
      Group group;
      group.count = texts.size() - i < kGroup ? texts.size() - i : kGroup;
      group.pairs = !seconds.empty();
      for (size_t k = 0; k < group.count; ++k) {
        group.texts[k] = data_of(texts[i + k]);
        group.lengths[k] = texts[i + k].size();
        if (!group.pairs) continue;
        group.seconds[k] = data_of(seconds[i + k]);
        group.second_lengths[k] = seconds[i + k].size();
      }
      work(group, i, error);
    }
    return error;
  }

  struct Free {
    void operator()(linnet_session* session) const { linnet_session_free(session); }
  };
  std::unique_ptr<linnet_session, Free> session_;
  size_t width_ = 0;
};

}  // namespace v1
}  // namespace linnet

#endif  // LINNET_LINNET_HPP_
