// Breaking one rule of a valid model at a time.
#pragma once

#include <functional>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "tests/model/tiny_model.h"

namespace linnet::testing {

struct BrokenRule {
  const char* name;     // of the test case
  const char* message;  // part of the error
  std::function<void(EditableModel&)> change;
  Code code = Code::corrupt;
};

inline void PrintTo(const BrokenRule& rule, std::ostream* out) { *out << rule.name; }

// Opening the changed model must fail with the rule's code and message.
inline void expect_refused(const BrokenRule& rule) {
  EditableModel model = tiny_model();
  rule.change(model);
  AlignedBytes bytes(serialize_unchecked(model, /*keep_offsets=*/false));
  const Status status = ModelView::open(bytes.data(), bytes.size()).status();
  EXPECT_EQ(status.code(), rule.code) << status.message();
  EXPECT_NE(std::string(status.message()).find(rule.message), std::string::npos) << status.message();
}

template <typename Instance>
std::string rule_name(const Instance& instance) {
  return instance.param.name;
}

}  // namespace linnet::testing
