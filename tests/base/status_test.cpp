#include "base/status.h"

#include <gtest/gtest.h>
#include <string>

namespace linnet {
namespace {

TEST(Status, CarriesCodeAndMessageThroughCopies) {
  const Status original = Status::error(Code::corrupt, "tensor '%s' ends at %d", "a", 7);
  Status copy;
  copy = original;
  EXPECT_EQ(copy.code(), Code::corrupt);
  EXPECT_STREQ(copy.message(), "tensor 'a' ends at 7");
  EXPECT_STREQ(copy.within("m.linnet").message(), "m.linnet: tensor 'a' ends at 7");
  EXPECT_TRUE(Status().ok());
  EXPECT_STREQ(Status().message(), "");
}

TEST(Status, CutsALongMessageVisibly) {
  const Status status = Status::error(Code::io, "%s", std::string(5000, 'x').c_str());
  const std::string message = status.message();
  EXPECT_EQ(message.size(), Status::kCapacity - 1);
  EXPECT_EQ(message.substr(message.size() - 4), "x...");
}

TEST(Status, EveryCodeHasItsOwnName) {
  for (int i = 0; i <= static_cast<int>(Code::internal); ++i) {
    EXPECT_STRNE(code_name(static_cast<Code>(i)), "unknown") << i;
  }
}

TEST(Result, HoldsAValueOrAnError) {
  const Result<int> value = 3;
  EXPECT_TRUE(value.ok());
  EXPECT_EQ(*value, 3);
  const Result<int> error = Status::error(Code::limit, "too many");
  EXPECT_FALSE(error.ok());
  EXPECT_EQ(error.status().code(), Code::limit);
}

}  // namespace
}  // namespace linnet
