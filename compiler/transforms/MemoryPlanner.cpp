//===- MemoryPlanner.cpp - Packing of buffers with lifetimes --------------===//
#include "compiler/transforms/MemoryPlanner.h"
#include <algorithm>
#include <numeric>

using namespace lathe;

int MemoryPlanner::add(int64_t size, int64_t first, int64_t last) {
  int64_t aligned = (size + alignment - 1) / alignment * alignment;
  buffers.push_back({aligned, first, last});
  return static_cast<int>(buffers.size()) - 1;
}

int64_t MemoryPlanner::plan() {
  std::vector<int> order(buffers.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return buffers[a].size > buffers[b].size;
  });
  int64_t total = 0;
  for (int number : order) {
    Buffer &buffer = buffers[number];
    buffer.offset = lowestFreeOffset(buffer);
    total = std::max(total, buffer.offset + buffer.size);
  }
  return total;
}

int64_t MemoryPlanner::lowestFreeOffset(const Buffer &buffer) const {
  std::vector<const Buffer *> neighbours;
  for (const Buffer &other : buffers)
    if (other.offset >= 0 && other.first <= buffer.last &&
        buffer.first <= other.last)
      neighbours.push_back(&other);
  std::sort(
      neighbours.begin(), neighbours.end(),
      [](const Buffer *a, const Buffer *b) { return a->offset < b->offset; });
  int64_t offset = 0;
  for (const Buffer *other : neighbours) {
    if (offset + buffer.size <= other->offset)
      break;
    offset = std::max(offset, other->offset + other->size);
  }
  return offset;
}

int64_t MemoryPlanner::lowerBound() const {
  int64_t bound = 0;
  for (const Buffer &at : buffers) {
    int64_t sum = 0;
    for (const Buffer &other : buffers)
      if (other.first <= at.first && at.first <= other.last)
        sum += other.size;
    bound = std::max(bound, sum);
  }
  return bound;
}
