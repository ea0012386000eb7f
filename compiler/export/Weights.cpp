//===- Weights.cpp - A checkpoint's values for a module's parameters ------===//
#include "compiler/export/Export.h"
#include "dialects/nn/VariableLayout.h"
#include "mlir/IR/Diagnostics.h"
#include "runtime/error.h"
#include "runtime/weights_file.h"

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

WeightTensor weightTensor(nn::VariableOp variable) {
  Type element = cast<RankedTensorType>(variable.getType()).getElementType();
  return {variable.getSymName().str(), dtypeOf(element),
          element.getIntOrFloatBitWidth() / 8, nn::layoutOf(variable),
          nn::graphLayoutOf(variable)};
}

void setWeight(nn::VariableOp variable, WeightsFile &file) {
  auto type = cast<RankedTensorType>(variable.getType());
  WeightTensor tensor = weightTensor(variable);
  std::vector<char> bytes(type.getNumElements() * tensor.width);
  file.read(tensor, bytes.data());
  variable.setInitializer("data");
  variable.removeValueAttr();
  variable.setDataAttr(DenseElementsAttr::getFromRawBuffer(type, bytes));
}
} // namespace

bool lathe::setWeights(ModuleOp module, const std::string &path) {
  auto fail = [&](const std::string &problem) {
    mlir::emitError(UnknownLoc::get(module.getContext())) << problem;
    return false;
  };
  try {
    WeightsFile file(path);
    SmallVector<nn::VariableOp> parameters;
    std::vector<WeightTensor> tensors;
    for (auto variable : module.getOps<nn::VariableOp>()) {
      if (variable.getKind() != nn::VariableKind::Parameter)
        continue;
      parameters.push_back(variable);
      tensors.push_back(weightTensor(variable));
    }
    file.find_order(tensors);
    bool complete = true;
    for (const WeightTensor &tensor : tensors)
      if (std::string problem = file.mismatch(tensor); !problem.empty())
        complete = fail(problem);
    if (complete)
      for (nn::VariableOp variable : parameters)
        setWeight(variable, file);
    return complete;
  } catch (const Error &error) {
    return fail(error.what());
  }
}
