//===- Advice.cpp - What passes ask the kernels --------------------------===//

#include "compiler/kernels/Advice.h"

#include "compiler/kernels/Winograd.h"

namespace lathe::kernels {

// Estimates, in multiply-adds of a whole vector of channels, what either way
// takes. Measured on two kinds of CPU: reading a 6x6 tile and transforming it
// takes 200, repeated for every 64 output channels; transforming the sums 120;
// filters 150 for each vector of weights where they stay in L2, and eight times
// as much beyond. Prepared ones, four times a filter's size, were not written
// just now: reading them takes 350, and 600.
bool winogradPays(const Machine &machine, int64_t batch, int64_t height,
                  int64_t width, int64_t in, int64_t out, bool prepared) {
  int64_t frequencyBytes = accumulatorBytes * winograd::frequencies * in * out;
  if (in % 8 || out % 16 || frequencyBytes > machine.l3 * 3 / 4)
    return false;
  auto pairs = static_cast<double>(in * out);
  auto tiles = static_cast<double>(batch * winograd::count(height, 4) *
                                   winograd::count(width, 4));
  double direct = static_cast<double>(batch * height * width) * 9 * pairs;
  double image = static_cast<double>(in * 200 * winograd::count(out, 64));
  double result = static_cast<double>(out) * 120;
  bool isNear = frequencyBytes <= machine.l2;
  double filter = prepared ? (isNear ? 350 : 600) : (isNear ? 150 : 1200);
  return tiles * (36 * pairs + image + result) + pairs * filter < 0.85 * direct;
}

bool rearrangingPays(const Machine &machine, int64_t filterBytes) {
  return filterBytes >= machine.l2 / 4;
}

} // namespace lathe::kernels
