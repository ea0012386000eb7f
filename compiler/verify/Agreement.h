//===- Agreement.h - Equal but for rounding ---------------------*- C++ -*-===//
//
// Two ways to compute the same numbers round differently, and how much that
// matters depends on the numbers: a sum that cancels, Adam's division by the
// square root of a tiny square, a ReLU near its kink. So the tolerance is
// measured. The reference is computed again from operands that are perturbed by
// some units in the last place, and what that changes is what rounding may
// change.
//
//===----------------------------------------------------------------------===//
#ifndef LATHE_COMPILER_VERIFY_AGREEMENT_H
#define LATHE_COMPILER_VERIFY_AGREEMENT_H

#include <cstddef>
#include <initializer_list>
#include <string>
#include <vector>

namespace lathe::verify {

/// The elements of a tensor: floats where they are, as weights may be large,
/// and anything else as a copy.
class Numbers {
public:
  Numbers() = default;
  Numbers(std::initializer_list<double> values) : copied(values) {}
  explicit Numbers(std::vector<double> values) : copied(std::move(values)) {}
  Numbers(const float *floats, size_t count) : floats(floats), count(count) {}

  size_t size() const { return floats ? count : copied.size(); }
  bool empty() const { return size() == 0; }
  double operator[](size_t i) const { return floats ? floats[i] : copied[i]; }

private:
  const float *floats = nullptr;
  size_t count = 0;
  std::vector<double> copied;
};

/// A tensor after a step. Variables are compared by how they change: a wrong
/// update is seen however small the learning rate is.
struct Measured {
  Numbers before; ///< empty for results
  Numbers after;
  bool exact = false; ///< integers
};

/// With d the largest deviations of a tensor in descending order, and p those
/// of the perturbed references, the tensors agree where d[i] <= slack·p[i / 4]
/// for all i: where a perturbation turns the sign of some elements' steps,
/// rounding may turn those of four times as many. Of each deviation the
/// rounding of the stored value is taken off, and a share of the largest
/// change.
struct Slack {
  double factor = 16;
  double share = 3e-6; ///< of the tensor's largest change
};

struct Agreement {
  bool agrees = true;
  double difference = 0; ///< the largest
  double allowed = 0;    ///< there
  size_t at = 0;
  double ours = 0, reference = 0; ///< the elements there: changes of variables
};

Agreement compare(const Measured &ours, const Measured &reference,
                  const std::vector<Measured> &perturbed, const Slack &slack);

/// A perturbation, relative to each element (and, for inputs, to the largest):
/// sixteen units in the last place.
inline constexpr double perturbation = 1.0 / (1 << 19);

} // namespace lathe::verify

#endif // LATHE_COMPILER_VERIFY_AGREEMENT_H
