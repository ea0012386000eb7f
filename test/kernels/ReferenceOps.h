//===- ReferenceOps.h - The reference by families ---------------*- C++ -*-===//
#ifndef LATHE_TEST_KERNELS_REFERENCEOPS_H
#define LATHE_TEST_KERNELS_REFERENCEOPS_H

#include "test/kernels/Reference.h"

namespace lathe::kernels::reference {

using Operands = const std::vector<const Tensor *> &;
using Results = std::vector<Tensor> &;

double number(const Node &node, const char *name, double otherwise = 0);
std::vector<int64_t> numbers(const Node &node, const char *name);
std::string text(const Node &node, const char *name);

/// The position of a row-major element number.
std::vector<int64_t> indexOf(const std::vector<int64_t> &shape, size_t flat);
/// The number of the element at a position.
size_t offsetOf(const Tensor &x, const std::vector<int64_t> &index);
/// The element that NumPy's broadcast rules give for a position of the result.
double broadcastAt(const Tensor &x, const std::vector<int64_t> &index);

/// IEEE 754's maximum and minimum: NaN where one of the two is.
double larger(double a, double b);
double smaller(double a, double b);
inline double between(double x, double low, double high) {
  return smaller(larger(x, low), high);
}
/// 1, -1, or the zero or NaN itself.
inline double sign(double x) { return x > 0 ? 1 : x < 0 ? -1 : x; }

/// Each family computes the operations that it knows and tells whether it did.
bool computeConvolution(const Node &node, Operands x, Results r);
bool computeElementwise(const Node &node, Operands x, Results r, int64_t n);
bool computeAugmentation(const Node &node, Operands x, Results r);
/// Noise, blurred images and sums of images.
bool computeNoise(const Node &node, Operands x, Results r);
bool computeResample(const Node &node, Operands x, Results r);
bool computePictures(const Node &node, Operands x, Results r, int64_t n);
bool computeShaping(const Node &node, Operands x, Results r);
bool computeLoss(const Node &node, Operands x, Results r);
bool computeUpdate(const Node &node, Operands x, Results r);

bool computeFunction(const Node &node, Operands x, Results r);
bool computeReduction(const Node &node, Operands x, Results r);

/// Random numbers of elements, written from the published hash.
class Stream {
public:
  Stream(uint64_t seed, uint64_t iteration, uint64_t key);
  /// Of an image, by two numbers that were drawn for it.
  static Stream ofKeys(double first, double second);
  bool keeps(uint32_t index, double rate) const;
  double normal(uint32_t index) const;
  /// Two numbers in [0, 1) for an index.
  double share(uint32_t index) const;
  double otherShare(uint32_t index) const;

private:
  Stream(uint32_t first, uint32_t second) : first(first), second(second) {}
  void absorb(uint32_t word);

  uint32_t first, second;
};

double activation(const std::string &function, double x, double alpha);
/// The slope, from y or x as the nn dialect says.
double activationSlope(const std::string &function, double saved, double alpha);

} // namespace lathe::kernels::reference

#endif // LATHE_TEST_KERNELS_REFERENCEOPS_H
