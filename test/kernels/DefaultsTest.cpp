//===- DefaultsTest.cpp - Default schedules of any size ------------------===//
//
// A default schedule works for every valid kernel. Pipelines are built for many
// sizes, for each instruction set and several batches, and not compiled.
//
//===----------------------------------------------------------------------===//

#include "test/kernels/SpecBuilder.h"

#include <gtest/gtest.h>

using lathe::Isa;
using namespace lathe::kernels;

namespace {
constexpr Isa sets[] = {Isa::X86_64_V2, Isa::X86_64_V3, Isa::X86_64_V4,
                        Isa::AArch64, Isa::RiscV64};

/// Everything after the first failure is left out.
void expectApplies(KernelSpec spec) {
  for (int64_t batch : {0, 1, 2, 32})
    for (Isa isa : sets) {
      spec.batch = batch;
      Schedule schedule = defaultSchedule(spec, isa);
      std::string reason = refusal(spec, schedule, isa);
      ASSERT_EQ(reason, "")
          << spec.name << ", batch " << batch << ": " << signature(spec) << "\n"
          << toString(schedule);
    }
}

/// Around powers of two, and where a limit of bytes is nearly met.
const int64_t sizes[] = {1,    10,   64,   80,   1000, 1024,  1296,
                         2048, 4096, 4128, 5120, 5376, 5456,  5472,
                         6816, 6832, 8000, 8192, 8208, 16384, 32768};

TEST(Defaults, applyToDenseLayersOfAnySize) {
  for (int64_t rows : {48, 576, 4096, 25088})
    for (int64_t columns : sizes) {
      TensorType x = f32({dynamicBatch, rows}), w = f32({rows, columns}),
                 y = f32({dynamicBatch, columns});
      SpecBuilder forward("dense"), data("data"), weights("weights");
      int xi = forward.input(x), wi = forward.input(w);
      expectApplies(forward.finish({forward.op("dense", {xi, wi}, {y})}));
      int dy = data.input(y), wd = data.input(w);
      expectApplies(
          data.finish({data.op("dense_backward_data", {dy, wd}, {x})}));
      int xw = weights.input(x), dyw = weights.input(y);
      expectApplies(weights.finish(
          {weights.op("dense_backward_weights", {xw, dyw}, {w})}));
      if (HasFatalFailure())
        return;
    }
}

TEST(Defaults, applyToConvolutionsOfManyChannels) {
  for (int64_t in : {3, 64, 1296, 4096})
    for (int64_t out : {1, 64, 80, 1000, 2048, 5376, 8192}) {
      TensorType x = f32({dynamicBatch, 7, 7, in}), w = f32({3, 3, in, out}),
                 y = f32({dynamicBatch, 7, 7, out});
      Attributes attributes = {{"padding", list({1, 1, 1, 1})}};
      SpecBuilder forward("conv2d"), data("data"), weights("weights");
      int xi = forward.input(x), wi = forward.input(w);
      expectApplies(
          forward.finish({forward.op("conv2d", {xi, wi}, {y}, attributes)}));
      int dy = data.input(y), wd = data.input(w);
      expectApplies(data.finish(
          {data.op("conv2d_backward_data", {dy, wd}, {x}, attributes)}));
      int xw = weights.input(x), dyw = weights.input(y);
      expectApplies(weights.finish(
          {weights.op("conv2d_backward_weights", {xw, dyw}, {w}, attributes)}));
      if (HasFatalFailure())
        return;
    }
}

TEST(Defaults, applyToRowsAndChannelsOfAnySize) {
  for (int64_t columns : sizes) {
    TensorType rows = f32({dynamicBatch, columns}), channels = f32({columns}),
               images = f32({dynamicBatch, 5, 5, columns});
    SpecBuilder softmax("softmax"), bias("bias");
    int x = softmax.input(rows);
    expectApplies(softmax.finish({softmax.op("softmax", {x}, {rows})}));
    int dy = bias.input(images);
    expectApplies(bias.finish({bias.op("bias_backward", {dy}, {channels})}));
    if (HasFatalFailure())
      return;
  }
}

} // namespace
