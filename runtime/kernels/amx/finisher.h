// The epilogues of a GEMM on tiles, run between its tile multiplications.
#pragma once

#include "runtime/kernels/generic/epilogue.inc.h"
#include "runtime/kernels/generic/gemm.inc.h"
#include "runtime/kernels/kernel_list.h"

namespace linnet::kernels {
namespace {

// A block of finished sums that waits for its epilogue: the rows from `done` on.
struct Pending {
  const int32_t* sums = nullptr;
  size_t stride = 0;  // of the sums
  size_t row = 0, done = 0, rows = 0, n = 0, tiles = 0;
};

// The tile unit works on its own, so the epilogue of a block is run during a later one: not the next one, because what
// a tile store wrote cannot be read before it has left the store buffer, and waiting for that would keep the following
// multiplications from being issued.
//
// Finish has the epilogue as finish(sums, sum_stride, row, rows, n, tiles), and says whether it is for outputs in whole
// groups of 64 columns only; kStride is the distance of the rows of two row tiles' sums.
template <typename Finish, size_t kSumStride>
class Finisher {
 public:
  static constexpr size_t kStride = kSumStride;
  static constexpr bool kWholeGroups = Finish::kWholeGroups;

  LINNET_INLINE explicit Finisher(const GemmS8Args& a) : finish_(a) {}

  LINNET_INLINE int32_t* next_sums() { return sums_[turn_]; }

  // Takes the block whose sums were stored to next_sums().
  LINNET_INLINE void take(const Pending& block) {
    if (kStride == 32) next_turn();
    waiting_ = block;
    turn_ = turn_ == kBlocks - 1 ? 0 : turn_ + 1;
  }

  // Sums of 64 columns come in two halves: said before the first one is stored.
  LINNET_INLINE void before_first_half() { next_turn(); }

  // Called after each of `steps` steps of a block: finishes some rows at every so many steps.
  LINNET_INLINE void advance(size_t steps) {
    const size_t all_steps = steps * (kStride / 32);
    for (due_ += current_.rows; due_ >= kRowsAtOnce * all_steps; due_ -= kRowsAtOnce * all_steps) {
      if (current_.done + kRowsAtOnce <= current_.rows) finish_up_to(current_.done + kRowsAtOnce);
    }
  }
  LINNET_INLINE void finish() {
    next_turn();
    next_turn();
  }

 private:
  static constexpr size_t kRowsAtOnce = 8;
  // One is written, one waits, one is being finished; halves end the last one before they write.
  static constexpr size_t kBlocks = kStride == 32 ? 3 : 2;

  // Ends the block whose turn it was.
  LINNET_INLINE void next_turn() {
    finish_up_to(current_.rows);
    current_ = waiting_;
    waiting_ = {};
    due_ = 0;
  }
  LINNET_INLINE void finish_up_to(size_t end) {
    Pending& p = current_;
    if (end <= p.done) return;
    finish_(p.sums + p.done * p.stride, p.stride, p.row + p.done, end - p.done, p.n, p.tiles);
    p.done = end;
  }

  Finish finish_;
  Pending current_, waiting_;
  size_t turn_ = 0, due_ = 0;
  alignas(64) int32_t sums_[kBlocks][32 * kStride];
};

// An epilogue that is part of the loop, which saves a call every few rows; for outputs in whole groups of 64 columns.
template <Activation kActivation, Residual kResidual>
class InlineFinish {
 public:
  static constexpr bool kWholeGroups = true;

  LINNET_INLINE explicit InlineFinish(const GemmS8Args& a) : epilogue_(epilogue_of(a)) {}

  LINNET_INLINE void operator()(const int32_t* sums, size_t sum_stride, size_t row, size_t rows, size_t n,
                                size_t tiles) const {
    for (size_t c = 0; c < 16 * tiles; c += 32) {
      finish_two_vectors<kActivation, kResidual>(epilogue_, sums + c, sum_stride, row, rows, n + c);
    }
  }

 private:
  Epilogue epilogue_;
};

// Any epilogue, by a call.
template <bool kWhole>
class CalledFinish {
 public:
  static constexpr bool kWholeGroups = kWhole;

  LINNET_INLINE explicit CalledFinish(const GemmS8Args& a)
      : epilogue_(epilogue_of(a)), finish_(finish_tile_avx512(a.activation, a.residual, a.heads)) {}

  LINNET_INLINE void operator()(const int32_t* sums, size_t sum_stride, size_t row, size_t rows, size_t n,
                                size_t tiles) const {
    finish_(epilogue_, sums, sum_stride, row, rows, n, tiles);
  }

 private:
  Epilogue epilogue_;
  FinishTile finish_;
};

}  // namespace
}  // namespace linnet::kernels
