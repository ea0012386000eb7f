//===- LargeTensors.h - Weights that stay in their file ---------*- C++ -*-===//
#ifndef LATHE_COMPILER_FRONTEND_ONNX_LARGETENSORS_H
#define LATHE_COMPILER_FRONTEND_ONNX_LARGETENSORS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <map>
#include <memory>
#include <string>

namespace lathe::onnx {

/// The raw data of large initializers, by their numbers. They are where the
/// file is mapped, so that no message copies them.
struct LargeTensors {
  std::shared_ptr<const void> file;
  std::map<int, llvm::ArrayRef<char>> data;
};

/// The serialized model with nothing in the place of large raw data. What it
/// does not know, it leaves to the parser.
std::string cutLargeTensors(llvm::StringRef model, LargeTensors &large);

} // namespace lathe::onnx

#endif // LATHE_COMPILER_FRONTEND_ONNX_LARGETENSORS_H
