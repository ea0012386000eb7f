//===- MemoryPlanner.h - Packing of buffers with lifetimes ------*- C++ -*-===//
#ifndef LATHE_COMPILER_TRANSFORMS_MEMORYPLANNER_H
#define LATHE_COMPILER_TRANSFORMS_MEMORYPLANNER_H

#include <cstdint>
#include <vector>

namespace lathe {

/// Packs buffers into one arena such that buffers that are in use at the same
/// time do not overlap. Greedy by size: the largest buffer first, each at the
/// lowest place that is free throughout its life (Pisarchyk and Lee, "Efficient
/// Memory Management for Deep Neural Net Inference", 2020).
class MemoryPlanner {
public:
  explicit MemoryPlanner(int64_t alignment) : alignment(alignment) {}

  /// A buffer of `size` bytes, in use from step `first` to step `last`, both
  /// included. Returns its number.
  int add(int64_t size, int64_t first, int64_t last);

  /// Chooses all offsets; returns the arena's size in bytes.
  int64_t plan();

  int64_t offset(int buffer) const { return buffers[buffer].offset; }

  /// The least that any plan could need: the largest sum of sizes in use at one
  /// time.
  int64_t lowerBound() const;

private:
  struct Buffer {
    int64_t size, first, last;
    int64_t offset = -1;
  };
  int64_t lowestFreeOffset(const Buffer &buffer) const;

  int64_t alignment;
  std::vector<Buffer> buffers;
};

} // namespace lathe

#endif // LATHE_COMPILER_TRANSFORMS_MEMORYPLANNER_H
