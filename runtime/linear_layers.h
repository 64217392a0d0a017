// The linear layers of a graph, each by its op and its part: 0 the first one of the op (Q, K and V; the first of a
// feed-forward block), 1 the second.
#pragma once

#include "runtime/session.h"

namespace linnet {

// Calls function(op, part, linear) for every linear layer in order until one returns an error.
template <typename Function>
Status each_linear(const Model& model, Function&& function) {
  for (uint32_t i = 0; i < model.graph().ops()->size(); ++i) {
    const fbs::Op& op = *model.graph().ops()->Get(i);
    if (const fbs::Attention* attention = op.body_as_Attention()) {
      LINNET_RETURN_IF_ERROR(function(i, uint32_t{0}, *attention->qkv()));
      LINNET_RETURN_IF_ERROR(function(i, uint32_t{1}, *attention->output()));
    } else if (const fbs::FeedForward* feed_forward = op.body_as_FeedForward()) {
      LINNET_RETURN_IF_ERROR(function(i, uint32_t{0}, *feed_forward->up()));
      LINNET_RETURN_IF_ERROR(function(i, uint32_t{1}, *feed_forward->down()));
    } else if (const fbs::Dense* dense = op.body_as_Dense()) {
      LINNET_RETURN_IF_ERROR(function(i, uint32_t{0}, *dense->linear()));
    }
  }
  return Status();
}

// "qkv", "output", "up", "down" or "dense".
inline const char* linear_name(const Model& model, uint32_t op, uint32_t part) {
  switch (model.graph().ops()->Get(op)->body_type()) {
    case fbs::OpBody::Attention: return part == 0 ? "qkv" : "output";
    case fbs::OpBody::FeedForward: return part == 0 ? "up" : "down";
    default: return "dense";
  }
}

}  // namespace linnet
