//===- ModelVerification.h - A model against its reference ------*- C++ -*-===//
#ifndef LATHE_COMPILER_TOOLS_MODELVERIFICATION_H
#define LATHE_COMPILER_TOOLS_MODELVERIFICATION_H

#include "compiler/frontend/onnx/Onnx.h"
#include "compiler/tools/Verification.h"
#include "compiler/verify/ModelCheck.h"

namespace lathe {

struct ModelVerifyRequest {
  std::string model;         ///< a model file, or a graph
  onnx::ImportOptions graph; ///< of an ONNX file
  int batch = 0;             ///< of the steps; 0: the model's
  std::string tuningDatabase;
  unsigned gradients = 8; ///< parameters whose gradients are checked
  verify::CheckOptions check;
};

/// Takes the steps of the model and of its reference, and prints how far apart
/// they are, or which optimization and kernel make them depart.
Verdict verifyModel(const ModelVerifyRequest &request);

} // namespace lathe

#endif // LATHE_COMPILER_TOOLS_MODELVERIFICATION_H
