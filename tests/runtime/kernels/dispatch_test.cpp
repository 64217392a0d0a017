#include <cstdlib>
#include <set>
#include <string>

#include "support.h"

namespace linnet::kernels {
namespace {

TEST(Dispatch, ListsTheTablesBestFirstAndScalarLast) {
  const KernelTable* tables[8];
  const size_t count = available_tables(tables, 8);
  ASSERT_GE(count, 1u);
  EXPECT_STREQ(tables[count - 1]->isa, "scalar");
  EXPECT_EQ(select_table(nullptr).value(), tables[0]);
  EXPECT_EQ(select_table("").value(), tables[0]);
  const KernelTable* best;
  EXPECT_EQ(available_tables(&best, 1), 1u);
  EXPECT_EQ(best, tables[0]);
}

TEST(Dispatch, AnUnknownNameIsAnErrorThatListsWhatWorks) {
  const Result<const KernelTable*> table = select_table("avx9");
  ASSERT_FALSE(table.ok());
  EXPECT_EQ(table.status().code(), Code::invalid_argument);
  EXPECT_NE(std::string(table.status().message()).find("\"avx9\""), std::string::npos);
  const KernelTable* tables[8];
  const size_t count = available_tables(tables, 8);
  for (size_t i = 0; i < count; ++i) {
    EXPECT_NE(std::string(table.status().message()).find(tables[i]->isa), std::string::npos);
  }
}

#if !defined(_WIN32)
TEST(Dispatch, TheEnvironmentForcesATable) {
  const char* before = std::getenv("LINNET_ISA");
  const std::string saved = before == nullptr ? "" : before;
  setenv("LINNET_ISA", "scalar", 1);
  EXPECT_STREQ(select_table_from_environment().value()->isa, "scalar");
  setenv("LINNET_ISA", "nonsense", 1);
  EXPECT_EQ(std::string(select_table_from_environment().status().message()).rfind("LINNET_ISA: ", 0), 0u);
  unsetenv("LINNET_ISA");
  EXPECT_EQ(select_table_from_environment().value(), select_table(nullptr).value());
  if (before != nullptr) setenv("LINNET_ISA", saved.c_str(), 1);
}
#endif

class Tables : public EachTable {};
LINNET_EACH_TABLE(Tables);

// The instruction sets whose kernels a table may hold.
std::set<std::string> builds_on(const std::string& isa) {
  if (isa == "amx") return {isa, "avx512vnni", "avx512"};
  if (isa == "avxvnni") return {isa, "avx2"};
  if (isa == "avx512vnni") return {isa, "avx512"};
  if (isa == "dotprod" || isa == "i8mm") return {isa, "neon"};
  return {isa};
}

TEST_P(Tables, EveryKernelIsNamedByTheGrammar) {
  const std::set<std::string> ops = {"quantize_rows", "quantize_heads", "gemm_s8",        "gemm_f32",
                                     "norm",          "embed",          "attention_s8",   "attention_f32",
                                     "pool",          "l2_normalize",   "find_non_finite"};
  std::set<std::string> seen;
  for (size_t i = 0; i < table().kernel_count; ++i) {
    const std::string name = table().kernels[i].name, op = table().kernels[i].op;
    EXPECT_TRUE(seen.insert(op).second) << op;
    // The name begins with the op, less what the types repeat, and ends with an instruction set: this one, or the one
    // that it builds on.
    const std::string stem = op.rfind("gemm", 0) == 0 ? "gemm" : op.rfind("attention", 0) == 0 ? "attention" : op;
    EXPECT_EQ(name.rfind(stem + "_", 0), 0u) << name;
    const std::string isa = name.substr(name.rfind('_') + 1);
    EXPECT_TRUE(builds_on(table().isa).count(isa) == 1) << name;
  }
  EXPECT_EQ(seen, ops);
  const std::set<std::string> without_fma = {"sse41", "armv7neon", "wasm128"};
  EXPECT_EQ(table().float_gemm_is_fma, without_fma.count(table().isa) == 0);
}

TEST_P(Tables, TheKernelsAreTheTablesOwn) {
  const KernelTable* tables[8];
  const size_t count = available_tables(tables, 8);
  for (size_t i = 0; i < count; ++i) {
    if (tables[i] == &table()) continue;
    EXPECT_NE(tables[i]->gemm_s8, table().gemm_s8) << tables[i]->isa;
    EXPECT_NE(tables[i]->attention_s8, table().attention_s8) << tables[i]->isa;
  }
}

}  // namespace
}  // namespace linnet::kernels
