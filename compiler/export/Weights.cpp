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
  const SafetensorsFile::Tensor *tensor = file.find(name);
  auto fail = [&](const std::string &message) {
    mlir::emitError(UnknownLoc::get(variable.getContext())) << message;
    return false;
  };
  if (!tensor)
    return fail(fmt::format("{}: tensor {} is missing", file.path(), name));
  std::string dtype = dtypeOf(type.getElementType());
  if (tensor->dtype != dtype || ArrayRef(tensor->shape) != type.getShape())
    return fail(fmt::format("{} is {} in {}, the model has {}", name,
                            describe_tensor(tensor->dtype, tensor->shape),
                            file.path(),
                            describe_tensor(dtype, type.getShape().vec())));
  size_t size = type.getNumElements() * type.getElementTypeBitWidth() / 8;
  if (tensor->size != size)
    return fail(fmt::format("{}: tensor {} has {} bytes of data, its shape "
                            "needs {}",
                            file.path(), name, tensor->size, size));
  std::vector<char> bytes(size);
  file.read(*tensor, bytes.data());
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
