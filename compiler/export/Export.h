//===- Export.h - The door of the export ------------------------*- C++ -*-===//
//
// From an `nn` module to the formats of other tools. It stands beside codegen,
// which writes what runs, and reads the network where each layer still is one
// operation: shapes inferred, nothing differentiated, decomposed or planned.
//
//===----------------------------------------------------------------------===//
#ifndef LATHE_COMPILER_EXPORT_EXPORT_H
#define LATHE_COMPILER_EXPORT_EXPORT_H

#include <string>

namespace mlir {
class ModuleOp;
}

namespace lathe {

/// Gives the module's parameters the values that a safetensors file has for
/// their names; what else it holds is not read. The parameters' shapes are
/// known. False, with a diagnostic for each tensor that is missing or that has
/// another shape or type, or for the file.
bool setWeights(mlir::ModuleOp module, const std::string &path);

/// The module's @forward as a serialized ONNX model for inference, of opset 17:
/// images as the module has them, channels first between layers, nodes with the
/// layers' names and initializers with the parameters'. Empty, with a
/// diagnostic for each layer that has no operators, or for each parameter
/// without values.
std::string exportOnnx(mlir::ModuleOp module);

} // namespace lathe

#endif // LATHE_COMPILER_EXPORT_EXPORT_H
