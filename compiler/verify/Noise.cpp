//===- Noise.cpp - What rounding may make of a step's values --------------===//
#include "compiler/verify/Noise.h"
#include "compiler/verify/Agreement.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/IR/SymbolTable.h"
#include <cmath>

using namespace mlir;

namespace lathe::verify {

/// Whether the kernel's results are sums, products and functions of its
/// operands. Those of updates hold a variable, of which they are a small part.
static bool rounds(exec::KernelOp kernel) {
  for (Operation &op : kernel.getBody().front().without_terminator()) {
    if (isa<nn::InPlaceOpInterface>(op))
      return false;
    if (!isa<nn::AxisArgOp, nn::AxisReduceOp, nn::CastOp, nn::ConcatenateOp,
             nn::ConstantOp, nn::DrawOp, nn::GatherOp, nn::MaxPool2DArgmaxOp,
             nn::MaxPool2DOp, nn::PadOp, nn::ReshapeOp, nn::SelectOp,
             nn::TransposeOp>(op))
      return true;
  }
  return false;
}

Noise::Noise(exec::FuncOp step, int samples, uint64_t seed) : state(seed) {
  for (auto call : step.getBody().getOps<exec::CallOp>()) {
    auto kernel = SymbolTable::lookupNearestSymbolFrom<exec::KernelOp>(
        call, call.getKernelAttr());
    bool moves = rounds(kernel);
    Operation &first = kernel.getBody().front().front();
    bool isImage = isa<nn::Conv2DOp, nn::Conv2DBackwardDataOp>(first);
    std::vector<Result> &results = calls.emplace_back();
    for (Value output : call.getOutputs()) {
      auto type = cast<MemRefType>(output.getType());
      auto slice = output.getDefiningOp<exec::SliceOp>();
      Result &result = results.emplace_back();
      result.moves = moves && type.getElementType().isF32() && slice &&
                     slice.getRegion() == exec::Region::Arena;
      SmallVector<size_t> shape;
      for (int64_t extent : type.getShape())
        shape.push_back(ShapedType::isDynamic(extent) ? samples : extent);
      result.elements = 1;
      for (size_t extent : shape)
        result.elements *= extent;
      if (isImage && shape.size() == 4) {
        result.plane = shape[1] * shape[2];
        result.channels = shape[3];
      } else if (isa<nn::Conv2DBackwardWeightsOp>(first)) {
        ArrayRef<size_t> filter = ArrayRef(shape).take_back(4);
        result.plane = filter[0] * filter[1];
        result.channels = filter[2] * filter[3];
      }
    }
  }
}

/// SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number
/// generators", 2014.
float Noise::draw() {
  uint64_t z = state += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  constexpr auto unit = static_cast<float>(perturbation / (1u << 31));
  return unit * static_cast<float>(static_cast<int32_t>(z >> 32));
}

void Noise::moveEach(MutableArrayRef<float> values) {
  for (float &value : values)
    value += value * draw();
}

void Noise::movePlanes(MutableArrayRef<float> values, size_t plane,
                       size_t channels) {
  std::vector<float> largest(channels);
  for (size_t begin = 0; begin < values.size(); begin += plane * channels) {
    MutableArrayRef<float> planes = values.slice(begin, plane * channels);
    std::fill(largest.begin(), largest.end(), 0);
    for (size_t i = 0; i < planes.size(); i += channels)
      for (size_t c = 0; c < channels; ++c)
        largest[c] = std::max(largest[c], std::fabs(planes[i + c]));
    for (size_t i = 0; i < planes.size(); i += channels)
      for (size_t c = 0; c < channels; ++c)
        planes[i + c] += largest[c] * draw();
  }
}

void Noise::moveResults(size_t call, ArrayRef<void *> results) {
  for (auto [result, memory] : llvm::zip_equal(calls[call], results)) {
    if (!result.moves)
      continue;
    MutableArrayRef<float> values(static_cast<float *>(memory),
                                  result.elements);
    if (result.plane)
      movePlanes(values, result.plane, result.channels);
    else
      moveEach(values);
  }
}

} // namespace lathe::verify
