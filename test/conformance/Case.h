//===- Case.h - One case of a conformance suite -----------------*- C++ -*-===//
#ifndef LATHE_TEST_CONFORMANCE_CASE_H
#define LATHE_TEST_CONFORMANCE_CASE_H

#include <string>

namespace lathe::conformance {

/// A model, sets of inputs with the outputs they must give, and maybe the
/// labels of a data set's images.
struct Case {
  std::string category, name;
  std::string folder; ///< holds model.onnx and test_data_set_N
};

/// Refused: an error of the compiler that says what is not supported.
enum class Verdict { Passed, Refused, Wrong, Crashed };
struct Outcome {
  Verdict verdict = Verdict::Crashed;
  std::string message; ///< why it did not pass; how far it was off
};

/// How far results may be off: |x - y| <= absolute + relative·|y|.
inline constexpr double relativeTolerance = 1e-3, absoluteTolerance = 1e-5;

/// Compiles and runs a case in this process. `cache` is the folder of compiled
/// kernels, `data` that of data sets.
Outcome runCase(const Case &test, const std::string &cache,
                const std::string &data);

} // namespace lathe::conformance

#endif // LATHE_TEST_CONFORMANCE_CASE_H
