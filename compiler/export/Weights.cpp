//===- Weights.cpp - A checkpoint's values for a module's parameters ------===//
#include "compiler/export/Export.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/IR/Diagnostics.h"
#include "runtime/error.h"
#include "runtime/safetensors.h"

using namespace mlir;
using namespace lathe;

namespace {
/// The file's name of the type of elements.
std::string dtypeOf(Type element) {
  if (element.isF32())
    return "F32";
  if (element.isInteger(8))
    return "U8";
  return element.isInteger(64) ? "I64" : "I32";
}

bool setWeight(nn::VariableOp variable, SafetensorsFile &file) {
  auto type = cast<RankedTensorType>(variable.getType());
  std::string name = variable.getSymName().str();
  size_t size = type.getNumElements() * type.getElementTypeBitWidth() / 8;
  std::string problem = file.mismatch(name, dtypeOf(type.getElementType()),
                                      type.getShape().vec(), size);
  if (!problem.empty()) {
    mlir::emitError(UnknownLoc::get(variable.getContext())) << problem;
    return false;
  }
  std::vector<char> bytes(size);
  file.read(*file.find(name), bytes.data());
  variable.setInitializer("data");
  variable.removeValueAttr();
  variable.setDataAttr(DenseElementsAttr::getFromRawBuffer(type, bytes));
  return true;
}
} // namespace

bool lathe::setWeights(ModuleOp module, const std::string &path) {
  try {
    SafetensorsFile file(path);
    bool complete = true;
    for (auto variable : module.getOps<nn::VariableOp>())
      if (variable.getKind() == nn::VariableKind::Parameter)
        complete &= setWeight(variable, file);
    return complete;
  } catch (const Error &error) {
    mlir::emitError(UnknownLoc::get(module.getContext())) << error.what();
    return false;
  }
}
