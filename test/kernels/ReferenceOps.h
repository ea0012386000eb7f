//===- ReferenceOps.h - The reference by families ---------------*- C++ -*-===//
#ifndef LATHE_TEST_KERNELS_REFERENCEOPS_H
#define LATHE_TEST_KERNELS_REFERENCEOPS_H

#include "test/kernels/Reference.h"

namespace lathe::kernels::reference {

using Operands = const std::vector<const Tensor *> &;
using Results = std::vector<Tensor> &;

double number(const Node &node, const char *name, double otherwise = 0);
std::string text(const Node &node, const char *name);

/// The position of a row-major element number.
std::vector<int64_t> indexOf(const std::vector<int64_t> &shape, size_t flat);
/// The element that NumPy's broadcast rules give for a position of the result.
double broadcastAt(const Tensor &x, const std::vector<int64_t> &index);

/// Each family computes the operations that it knows and tells whether it did.
bool computeElementwise(const Node &node, Operands x, Results r);

} // namespace lathe::kernels::reference

#endif // LATHE_TEST_KERNELS_REFERENCEOPS_H
