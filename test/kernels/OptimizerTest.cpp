//===- OptimizerTest.cpp - Updates, gradient preparation, norms ----------===//

#include "test/kernels/Check.h"
#include "test/kernels/TypicalKernels.h"

using namespace lathe::kernels;

namespace {
/// An update of parameters of this shape over its operands. A matrix is updated
/// by the gradient of a fully connected layer, in one kernel with it. Slots
/// named in `squares` are sums of squares: their random numbers are made
/// positive, and large enough for any mean.
KernelSpec update(const std::string &op, const std::vector<int64_t> &shape,
                  int slots, Attributes attributes,
                  std::vector<int> squares = {}, bool iteration = false) {
  TensorType t = f32(shape);
  bool dense = shape.size() == 2;
  SpecBuilder b(op);
  std::vector<int> operands, inPlace = {0};
  for (int i = 0; i < 2 + slots; ++i)
    operands.push_back(
        b.input(dense && i == 1 ? f32({dynamicBatch, shape[0]}) : t));
  operands.push_back(b.input(f32({})));
  if (iteration)
    operands.push_back(b.input(i64({})));
  if (dense) {
    int dy = b.input(f32({dynamicBatch, shape[1]}));
    int gradient = b.op("dense_backward_weights", {operands[1], dy}, {t});
    operands[1] = b.op("regularize", {gradient, operands[0]}, {t},
                       {{"l1", 0.01}, {"l2", 0.1}});
  }
  for (int slot : squares) {
    int square = b.op("relu", {operands[slot]}, {t});
    operands[slot] =
        b.op("scale", {square}, {t}, {{"scale", 5.0}, {"offset", 20.0}});
  }
  std::vector<TensorType> types(1 + slots, t);
  std::vector<int> results = {b.op(op, operands, types, attributes)};
  for (int i = 0; i < slots; ++i) {
    results.push_back(results[0] + 1 + i);
    inPlace.push_back(2 + i);
  }
  return b.finish(results, inPlace);
}

std::vector<KernelSpec> updates(const std::vector<int64_t> &shape) {
  std::vector<KernelSpec> all;
  for (double decay : {0.0, 0.1}) {
    Attributes rmsprop = {{"rho", 0.9},
                          {"epsilon", 1e-7},
                          {"momentum", 0.0},
                          {"weight_decay", decay}};
    Attributes centered = rmsprop;
    centered["centered"] = int64_t{1};
    Attributes withMomentum = centered;
    withMomentum["momentum"] = 0.5;
    all.insert(
        all.end(),
        {update("sgd_update", shape, 0, {{"weight_decay", decay}}),
         update("sgd_update", shape, 1,
                {{"momentum", 0.9},
                 {"nesterov", int64_t{1}},
                 {"weight_decay", decay}}),
         update("rmsprop_update", shape, 1, rmsprop, {2}),
         update("rmsprop_update", shape, 2, centered, {2}),
         update("rmsprop_update", shape, 3, withMomentum, {2}),
         update("adagrad_update", shape, 1,
                {{"epsilon", 1e-7}, {"weight_decay", decay}}, {2}),
         update("lion_update", shape, 1,
                {{"beta_1", 0.9}, {"beta_2", 0.99}, {"weight_decay", decay}}),
         update("adam_update", shape, 2,
                {{"beta_1", 0.9},
                 {"beta_2", 0.999},
                 {"epsilon", 1e-7},
                 {"weight_decay", decay}},
                {3}, true),
         update("adam_update", shape, 2,
                {{"beta_1", 0.9},
                 {"beta_2", 0.999},
                 {"epsilon", 1e-7},
                 {"nesterov", int64_t{1}},
                 {"weight_decay", decay}},
                {3}, true)});
  }
  return all;
}

KernelSpec sum(const std::string &op, const std::vector<int64_t> &shape) {
  SpecBuilder b(op);
  int x = b.input(f32(shape));
  x = b.op("scale", {x}, {f32(shape)}, {{"scale", 0.5}});
  int y = b.op(op, {x}, {f32({})});
  return b.finish({b.op("scale", {y}, {f32({})}, {{"scale", 0.25}})});
}
} // namespace

namespace lathe::kernels {

std::vector<KernelSpec> typicalUpdates() {
  std::vector<KernelSpec> all = updates({1003});
  all.push_back(sum("squared_norm", {3, 3, 17, 200}));
  all.push_back(sum("absolute_sum", {40007}));
  for (size_t i = 0; i < all.size(); ++i)
    all[i].name += std::to_string(i);
  return all;
}

} // namespace lathe::kernels

namespace {
TEST(Updates, InPlace) {
  for (int64_t count : {1, 1003, 40007})
    for (const KernelSpec &spec : updates({count}))
      check(spec, 1);
}

/// Odd numbers of rows and columns, of which no tile may be computed twice, and
/// several tasks.
TEST(Updates, WithTheGradient) {
  for (const std::vector<int64_t> &shape :
       {std::vector<int64_t>{1, 1}, {17, 3}, {33, 47}, {101, 1000}, {1003, 48}})
    for (const KernelSpec &spec : updates(shape))
      check(spec, {1, 7});
}

TEST(Updates, GradientPreparation) {
  for (const std::vector<int64_t> &shape :
       {std::vector<int64_t>{1}, {1003}, {3, 3, 17, 5}}) {
    TensorType t = f32(shape);
    SpecBuilder b("prepare");
    int g = b.input(t), p = b.input(t), norm = b.input(f32({}));
    int y = b.op("regularize", {g, p}, {t}, {{"l1", 0.01}, {"l2", 0.1}});
    y = b.op("clip", {y}, {t}, {{"low", -0.5}, {"high", 0.75}});
    int square = b.op("multiply", {norm, norm}, {f32({})});
    check(b.finish({b.op("clip_by_norm", {y, square}, {t}, {{"norm", 0.5}})}),
          {1, 2, 3});
  }
}

TEST(Updates, SumsOfEverything) {
  for (const char *op : {"squared_norm", "absolute_sum"}) {
    for (const std::vector<int64_t> &shape : {std::vector<int64_t>{1},
                                              {17},
                                              {64},
                                              {1003},
                                              {300001},
                                              {3, 3, 17, 5},
                                              {7, 3},
                                              {3, 3, 256, 256}})
      check(sum(op, shape), 1);
    for (const std::vector<int64_t> &shape :
         {std::vector<int64_t>{dynamicBatch, 5},
          {dynamicBatch, 17, 3},
          {dynamicBatch, 31, 33, 20}})
      check(sum(op, shape), {1, 7, 32});
  }
}

TEST(Updates, ThreadsDoNotChangeResults) {
  for (const std::vector<int64_t> &shape :
       {std::vector<int64_t>{100003}, {1003, 48}})
    for (const KernelSpec &spec : updates(shape))
      checkThreads(spec, 3);
  checkThreads(sum("squared_norm", {1000003}), 1);
  checkThreads(sum("absolute_sum", {dynamicBatch, 31, 33, 20}), 29);
}
} // namespace
