#include "lab/tagging_score.h"

#include <algorithm>
#include <set>

#include "lab/findings.h"

namespace linnet::lab {

namespace {

struct Tag {
  char mark = 'O';
  std::string type;
};

// "B-PER" -> B, PER; seqeval calls the type of a lone "B" "_".
Tag tag_of(const std::string& label) {
  if (label.empty()) return {};
  const size_t dash = label.find('-', 1);
  std::string type = dash == std::string::npos ? label.substr(1) : label.substr(dash + 1);
  return {label[0], type.empty() ? "_" : type};
}

bool is_outside(char mark) { return mark == 'O' || mark == '.'; }

bool ends(const Tag& before, const Tag& now) {
  if (before.mark == 'E' || before.mark == 'S') return true;
  if ((before.mark == 'B' || before.mark == 'I') && (now.mark == 'B' || now.mark == 'S' || now.mark == 'O'))
    return true;
  return !is_outside(before.mark) && before.type != now.type;
}

bool begins(const Tag& before, const Tag& now) {
  if (now.mark == 'B' || now.mark == 'S') return true;
  const bool inside = now.mark == 'E' || now.mark == 'I';
  if (inside && (before.mark == 'E' || before.mark == 'S' || before.mark == 'O')) return true;
  return !is_outside(now.mark) && before.type != now.type;
}

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0.0; }
double precision(const ChunkCounts& c) { return ratio(c.right, c.found); }
double recall(const ChunkCounts& c) { return ratio(c.right, c.wanted); }
double f1(const ChunkCounts& c) { return ratio(2 * c.right, c.found + c.wanted); }

Metric metric_of(const char* name, const std::vector<ChunkCounts>& counts, double (*metric)(const ChunkCounts&)) {
  ChunkCounts all;
  const auto add = [](ChunkCounts* to, const ChunkCounts& more) {
    to->right += more.right;
    to->found += more.found;
    to->wanted += more.wanted;
  };
  for (const ChunkCounts& one : counts) add(&all, one);
  const auto of_drawn = [&](std::span<const uint32_t> drawn) {
    ChunkCounts sum;
    for (const uint32_t i : drawn) add(&sum, counts[i]);
    return metric(sum);
  };
  return with_interval(name, metric(all), resample(counts.size(), of_drawn));
}

// The labels of the words that stand at `begins` of a text, from those of its tokens' words.
std::vector<std::string> labels_at(const std::vector<size_t>& begins, const std::vector<size_t>& ends,
                                   const std::vector<TaggedWord>& tagged, const Tagger& tagger) {
  std::vector<std::string> labels(begins.size(), "O");
  size_t next = 0;
  for (size_t w = 0; w < begins.size(); ++w) {
    while (next < tagged.size() && tagged[next].begin < begins[w]) ++next;
    if (next < tagged.size() && tagged[next].begin < ends[w]) labels[w] = tagger.label(tagged[next].label);
  }
  return labels;
}

}  // namespace

std::vector<Chunk> chunks_of(const std::vector<std::string>& labels) {
  std::vector<Chunk> chunks;
  Tag before;
  size_t first = 0;
  for (size_t i = 0; i <= labels.size(); ++i) {
    const Tag now = i < labels.size() ? tag_of(labels[i]) : Tag();
    if (ends(before, now)) chunks.push_back({before.type, first, i - 1});
    if (begins(before, now)) first = i;
    before = now;
  }
  return chunks;
}

ChunkCounts count_chunks(const std::vector<std::string>& found, const std::vector<std::string>& wanted) {
  const std::vector<Chunk> a = chunks_of(found), b = chunks_of(wanted);
  ChunkCounts counts{0, static_cast<double>(a.size()), static_cast<double>(b.size())};
  for (const Chunk& chunk : a) counts.right += std::find(b.begin(), b.end(), chunk) != b.end() ? 1 : 0;
  return counts;
}

Result<Evaluation> evaluate_tagging(const Tagger& tagger, const std::vector<TaggedSentence>& sentences, size_t batch,
                                    const Progress& progress) {
  std::vector<ChunkCounts> counts;
  std::set<std::string> known, unknown;
  for (uint32_t i = 0; i < tagger.labels(); ++i) known.insert(tag_of(tagger.label(i)).type);
  for (size_t begin = 0; begin < sentences.size(); begin += batch) {
    const size_t end = std::min(begin + batch, sentences.size());
    std::vector<std::string> texts;
    std::vector<std::vector<size_t>> begins_of, ends_of;
    for (size_t s = begin; s < end; ++s) {
      std::string text;
      begins_of.emplace_back();
      ends_of.emplace_back();
      for (const std::string& word : sentences[s].words) {
        if (!text.empty()) text += ' ';
        begins_of.back().push_back(text.size());
        text += word;
        ends_of.back().push_back(text.size());
      }
      texts.push_back(std::move(text));
      for (const Chunk& chunk : chunks_of(sentences[s].labels)) {
        if (known.count(chunk.type) == 0) unknown.insert(chunk.type);
      }
    }
    const Result<std::vector<std::vector<TaggedWord>>> tagged = tag_words(tagger, views_of(texts));
    if (!tagged.ok()) return tagged.status().within(("from sentence " + std::to_string(begin + 1)).c_str());
    for (size_t i = 0; i < texts.size(); ++i) {
      counts.push_back(
          count_chunks(labels_at(begins_of[i], ends_of[i], (*tagged)[i], tagger), sentences[begin + i].labels));
    }
    if (progress && !progress(end, sentences.size())) return Status::error(Code::io, "interrupted");
  }
  Evaluation evaluation{"sentences", sentences.size(), {}, {}};
  evaluation.metrics = {metric_of("f1", counts, f1), metric_of("precision", counts, precision),
                        metric_of("recall", counts, recall)};
  if (!unknown.empty()) {
    std::string note = "types of the data that the model does not have:";
    for (const std::string& type : unknown) note += " " + type;
    evaluation.notes.push_back(note);
  }
  return evaluation;
}

}  // namespace linnet::lab
