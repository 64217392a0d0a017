// The resident memory that a process grows by until its first answer, held to what that answer has to touch.

#include "tests/runtime/session/resident.h"

#include <cstdio>
#include <functional>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "quant/quantize.h"
#include "tests/support/random_model.h"
#include "tests/support/sanitized.h"

#if defined(__linux__) && !LINNET_SANITIZED

#include <sys/wait.h>
#include <unistd.h>

namespace linnet {
namespace {

using testing_support::FirstAnswer;
using testing_support::kMostGrowth;
using testing_support::measure_first_answer;
using testing_support::PageCache;

// Runs the work in a process of its own, which begins with none of the memory that other work freed. True when the work
// says so.
bool in_new_process(const std::function<bool()>& work) {
  const pid_t child = fork();
  if (child == 0) _exit(work() ? 0 : 1);
  int status = 0;
  return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void print(const char* name, PageCache cache, const FirstAnswer& first) {
  std::printf("%s, %s: %zu tokens, growth %zu KiB, touched %zu KiB of the file and %zu KiB of the session: %.2f x\n",
              name, cache == PageCache::dropped ? "read from the disk" : "as written", first.tokens,
              first.growth / 1024, first.touched_file / 1024, first.touched_memory / 1024, first.ratio());
  std::fflush(stdout);
}

bool check(const char* name, const std::string& path, const std::vector<int32_t>& ids, PageCache cache) {
  const Result<FirstAnswer> first = measure_first_answer(path, "", ids, cache);
  if (!first.ok()) {
    std::printf("%s: %s\n", path.c_str(), first.status().message());
    std::fflush(stdout);
    return false;
  }
  print(name, cache, *first);
  return first->ratio() <= kMostGrowth;
}

class TemporaryFile {
 public:
  TemporaryFile() : path_(::testing::TempDir() + "linnet_resident_" + std::to_string(getpid()) + ".linnet") {}
  ~TemporaryFile() { std::remove(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// A model whose weights outweigh what the process itself takes (1 MB of code in a program with GoogleTest, up to 2 MB
// of neighbours on kernels that map whole folios), and whose word table and whose session for the default 1,024 tokens
// are large enough that reading the file to the end, or writing all of the buffers, breaks the bar.
void expect_little_growth(const char* name, bool int8, bool position_bias) {
  if (access("/proc/self/smaps_rollup", R_OK) != 0) GTEST_SKIP() << "this kernel has no /proc/self/smaps_rollup";
  const TemporaryFile file;
  ASSERT_TRUE(in_new_process([&] {
    testing_support::RandomModelOptions options;
    options.vocabulary = 20000;
    options.positions = 514;
    options.width = 384;
    options.heads = 6;
    options.head_width = 64;
    options.hidden = 1536;
    options.layers = int8 ? 8 : 3;  // some 14 MB either way
    options.position_bias = position_bias;
    EditableModel model = testing_support::random_model(options);
    if (int8) {
      Result<EditableModel> quantized = quantize_int8(model, {}, nullptr);
      return quantized.ok() && save_model(*quantized, file.path()).ok();
    }
    return save_model(model, file.path()).ok();
  }));
  // As in texts, where most words are among the first thousands of a vocabulary: the pages that are mapped along with a
  // row are often wanted too.
  for (const PageCache cache : {PageCache::as_it_is, PageCache::dropped}) {
    for (const size_t tokens : {1, 16, 128, 512}) {
      std::vector<int32_t> ids(tokens);
      for (size_t i = 0; i < tokens; ++i) ids[i] = static_cast<int32_t>(i * i * 7 % 1000);
      EXPECT_TRUE(in_new_process([&] { return check(name, file.path(), ids, cache); })) << name << ", " << tokens;
    }
    // Few words from all over the vocabulary: they do not bring the whole table with them.
    std::vector<int32_t> spread(16);
    for (size_t i = 0; i < spread.size(); ++i) spread[i] = static_cast<int32_t>(i * 1237);
    EXPECT_TRUE(in_new_process([&] { return check(name, file.path(), spread, cache); })) << name << ", spread";
  }
}

TEST(ResidentMemory, GrowsByWhatTheFirstAnswerTouchesFloat) { expect_little_growth("float", false, false); }
TEST(ResidentMemory, GrowsByWhatTheFirstAnswerTouchesInt8) { expect_little_growth("int8", true, false); }
TEST(ResidentMemory, GrowsByWhatTheFirstAnswerTouchesPositionBias) { expect_little_growth("bias", true, true); }

}  // namespace
}  // namespace linnet

#else

TEST(ResidentMemory, GrowsByWhatTheFirstAnswerTouches) {
  GTEST_SKIP() << "resident memory is measured on Linux, and without sanitizers, which keep shadow memory of their own";
}

#endif
