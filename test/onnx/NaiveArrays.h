//===- NaiveArrays.h - Values of naive loops as arrays of ports -*- C++ -*-===//
#ifndef LATHE_TEST_ONNX_NAIVEARRAYS_H
#define LATHE_TEST_ONNX_NAIVEARRAYS_H

#include "test/conformance/Artifact.h"
#include "test/onnx/NaiveOps.h"

namespace lathe::test::naive {

conformance::Array toArray(const Value &value);

/// How the array departs from the value; empty where it does not. Floats may
/// depart by `tolerance`, relative to numbers above 1.
std::string difference(const conformance::Array &array, const Value &value,
                       double tolerance = 0);

} // namespace lathe::test::naive

#endif // LATHE_TEST_ONNX_NAIVEARRAYS_H
