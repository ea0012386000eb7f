//===- Verification.h - Our values against ONNX Runtime's -------*- C++ -*-===//
#ifndef LATHE_COMPILER_TOOLS_VERIFICATION_H
#define LATHE_COMPILER_TOOLS_VERIFICATION_H

#include "compiler/verify/Compare.h"
#include <string>

namespace lathe {

struct VerifyRequest {
  std::string model; ///< an ONNX file
  std::string
      onnxRuntime; ///< the folder of the package; "": as Node.js finds it
  verify::Tolerance tolerance;
  bool list = false; ///< print each node's largest difference
};

enum class Verdict { Agrees, Departs, Unjudged };

/// Computes every node on what ONNX Runtime gives for the nodes before it, and
/// says on stdout how far both are apart, or which node is the first to depart
/// from it. Unjudged, with a message, where ONNX Runtime is not there.
Verdict verifyGraph(const VerifyRequest &request);

/// Whether Node.js finds ONNX Runtime by itself.
bool findsOnnxRuntime();

} // namespace lathe

#endif // LATHE_COMPILER_TOOLS_VERIFICATION_H
