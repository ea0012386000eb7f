//===- SpecialKernels.cpp - Each operation for itself --------------------===//
//
// One row for each operation of the kernel room's table. Shapes are small, with
// whole vectors and what remains of them.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/FunctionNames.h"
#include "test/kernels/SpecialForms.h"

#include <algorithm>
#include <functional>

namespace lathe::kernels {
using namespace special;

namespace {
/// An update of a vector: parameter, gradient, slots, rate.
SpecialKernel update(const std::string &op, size_t slots,
                     const Attributes &attributes, Types more = {}) {
  SpecBuilder b(op);
  std::vector<int> operands, results;
  for (size_t i = 0; i < 2 + slots; ++i)
    operands.push_back(b.input(vector));
  operands.push_back(b.input(scalar));
  for (const TensorType &type : more)
    operands.push_back(b.input(type));
  // A sum of squares is not negative, and above the squared mean.
  size_t squares = op == "adam_update" ? 3 : 2;
  if (op != "lion_update" && op != "sgd_update")
    operands[squares] =
        b.op("scale", {b.op("relu", {operands[squares]}, {vector})}, {vector},
             {{"scale", 5.0}, {"offset", 20.0}});
  int first = b.op(op, operands, Types(1 + slots, vector), attributes);
  for (size_t i = 0; i <= slots; ++i)
    results.push_back(first + static_cast<int>(i));
  SpecialKernel kernel{b.finish(results)};
  kernel.finite = true;
  return kernel;
}

Kernels forEach(const std::vector<std::string> &names, const char *attribute,
                const std::function<Kernels(const Attributes &)> &make) {
  Kernels all;
  for (const std::string &name : names)
    for (const SpecialKernel &kernel : make({{attribute, name}}))
      all.push_back(kernel);
  return all;
}
Kernels functionsOf(const std::string &op,
                    const std::function<Kernels(const Attributes &)> &make) {
  return forEach(knownFunctions(op), op == "compare" ? "predicate" : "function",
                 make);
}

/// Losses of probabilities and, where they take them, of logits.
Kernels losses(const std::string &op) {
  TensorType scores = f32({n, 5}), labels = i32({n});
  return functionsOf(op, [&](Attributes attributes) {
    Kernels all;
    for (int64_t logits : {0, 1}) {
      attributes["from_logits"] = logits;
      all.push_back(with(single(op, {scores, labels},
                                {op == "loss" ? scalar : scores}, attributes),
                         SpecialKernel::OfInfinity));
    }
    return all;
  });
}

Kernels reductions() {
  Kernels all;
  for (const char *function : {"sum", "mean"})
    for (const std::vector<int64_t> &axes :
         {std::vector<int64_t>{0, 1, 2}, {2, 3}, {1, 2}}) {
      TensorType result = f32({});
      for (int64_t d = 0; d < 4; ++d)
        if (std::find(axes.begin(), axes.end(), d) == axes.end())
          result.shape.push_back(image.shape[d]);
      all.push_back(single("reduce", {image}, {result},
                           {{"function", function}, {"axes", axes}}));
    }
  return all;
}
} // namespace

/// The rows, as far as they are not one line: see below.
static Kernels mathKernels() {
  return functionsOf("math", [](const Attributes &attributes) -> Kernels {
    std::string function = std::get<std::string>(attributes.at("function"));
    TensorType type = function == "not" ? u8(image.shape) : image;
    SpecialKernel kernel = single("math", {type}, {type}, attributes);
    kernel.signedZero = function == "abs" || function == "negate" ||
                        function == "sqrt" || function == "sign";
    return {kernel};
  });
}
static Kernels combineKernels() {
  return functionsOf("combine", [](const Attributes &attributes) -> Kernels {
    std::string function = std::get<std::string>(attributes.at("function"));
    bool truth = function == "and" || function == "or" || function == "xor";
    TensorType type = truth ? u8(image.shape) : image;
    SpecialKernel kernel = single("combine", {type, type}, {type}, attributes);
    kernel.subnormals = function != "remainder";
    return {kernel};
  });
}
namespace {
const Row table[] = {
    {"absolute_sum",
     [] { return Kernels{single("absolute_sum", {vector}, {scalar})}; }},
    {"accumulate_gradient",
     [] {
       SpecialKernel kernel =
           single("accumulate_gradient", {vector, vector, i64({})}, {vector},
                  {{"steps", int64_t{4}}});
       kernel.finite = true;
       return Kernels{kernel};
     }},
    {"merge_moments",
     [] {
       SpecialKernel kernel =
           single("merge_moments", Types(5, channels), Types(3, channels));
       return Kernels{with(kernel, SpecialKernel::OfAll)};
     }},
    {"activation",
     [] {
       return functionsOf("activation", [](Attributes function) {
         function["alpha"] = 0.7;
         return images("activation", 1, function);
       });
     }},
    {"activation_backward",
     [] {
       // Where x is infinite, products of the formulas may be NaN.
       return functionsOf("activation_backward", [](Attributes function) {
         function["alpha"] = 0.7;
         Kernels all = images("activation_backward", 2, function);
         all[0].freedom = SpecialKernel::OfAll;
         return all;
       });
     }},
    {"adagrad_update",
     [] {
       return Kernels{update("adagrad_update", 1, {{"epsilon", 1e-7}})};
     }},
    {"adam_update",
     [] {
       Attributes adam = {
           {"beta_1", 0.9}, {"beta_2", 0.999}, {"epsilon", 1e-3}};
       Attributes nadam = adam;
       nadam["nesterov"] = int64_t{1};
       return Kernels{update("adam_update", 2, adam, {i64({})}),
                      update("adam_update", 2, nadam, {i64({})})};
     }},
    {"add", [] { return images("add", 2); }},
    {"average_weights",
     [] {
       return Kernels{single("average_weights", {vector, vector, i64({})},
                             {vector}, {{"momentum", 0.9}})};
     }},
    {"axis_arg",
     [] {
       Kernels all;
       for (const char *function : {"maximum", "minimum"})
         for (int64_t last : {0, 1})
           all.push_back(single("axis_arg", {rows}, {i64({n, 21})},
                                {{"function", function}, {"last", last}}));
       return all;
     }},
    {"axis_reduce",
     [] {
       return functionsOf("axis_reduce", [](const Attributes &function) {
         return Kernels{
             single("axis_reduce", {rows}, {f32({n, 21})}, function)};
       });
     }},
    {"broadcast",
     [] { return Kernels{copy(single("broadcast", {channels}, {image}))}; }},
    {"cast",
     [] {
       return Kernels{single("cast", {image}, {u8(image.shape)}),
                      single("cast", {i32(image.shape)}, {image})};
     }},
    {"clip",
     [] {
       return images("clip", 1, {{"low", -0.5}, {"high", 0.7}});
     }},
    {"clip_by_norm",
     [] {
       return Kernels{
           single("clip_by_norm", {vector, scalar}, {vector}, {{"norm", 0.5}})};
     }},
    {"combine", combineKernels},
    {"compare",
     [] {
       return functionsOf("compare", [](const Attributes &predicate) {
         SpecBuilder b("compare");
         int x = b.input(image);
         int y = b.op("compare", {x, x}, {u8(image.shape)}, predicate);
         return Kernels{
             single("compare", {image, image}, {u8(image.shape)}, predicate),
             {b.finish({y})}};
       });
     }},
    {"concatenate",
     [] {
       return Kernels{
           copy(single("concatenate", {image, image}, {f32({n, 3, 4, 42})},
                       {{"axis", int64_t{-1}}}))};
     }},
    {"constant",
     [] {
       return Kernels{single("constant", {}, {vector}, {{"value", 1.5}})};
     }},
    {"count_correct",
     [] {
       Types operands = {f32({n, 5}), i32({n})};
       return Kernels{single("count_correct", operands, {i32({})}),
                      single("count_correct", {f32({n, 5}), i32({n, 5})},
                             {i32({})}, {{"threshold", 0.25}})};
     }},
    {"dense",
     [] {
       return Kernels{
           single("dense", {f32({n, 20}), f32({20, 37})}, {f32({n, 37})})};
     }},
    {"dense_backward_data",
     [] {
       return Kernels{single("dense_backward_data",
                             {f32({n, 37}), f32({20, 37})}, {f32({n, 20})})};
     }},
    {"dense_backward_weights",
     [] {
       return Kernels{single("dense_backward_weights",
                             {f32({n, 20}), f32({n, 37})}, {f32({20, 37})})};
     }},
    {"partial_dense",
     [] {
       return Kernels{single("partial_dense", {f32({n, 20}), f32({20, 37})},
                             {f32({n, 4, 37})})};
     }},
    {"dropout",
     [] {
       return Kernels{single("dropout", {image, i64({}), i64({})}, {image},
                             {{"rate", 0.4}, {"key", int64_t{7}}})};
     }},
    {"gather",
     [] {
       return Kernels{
           copy(single("gather", {rows, i64({4})}, {f32({n, 4, 21})}))};
     }},
    {"gaussian_noise",
     [] {
       return Kernels{single("gaussian_noise", {image, i64({}), i64({})},
                             {image}, {{"stddev", 0.3}, {"key", int64_t{7}}})};
     }},
    {"increment",
     [] { return Kernels{single("increment", {i64({})}, {i64({})})}; }},
    {"lion_update",
     [] {
       return Kernels{
           update("lion_update", 1, {{"beta_1", 0.9}, {"beta_2", 0.99}})};
     }},
    {"loss", [] { return losses("loss"); }},
    {"loss_backward", [] { return losses("loss_backward"); }},
    {"mask",
     [] {
       return forEach({"ge", "gt", "le", "lt"}, "predicate",
                      [](const Attributes &predicate) {
                        return images("mask", 3, predicate);
                      });
     }},
    {"math", mathKernels},
    {"matmul",
     [] {
       return Kernels{single("matmul",
                             {f32({n, 2, 9, 20}), f32({n, 2, 20, 21})},
                             {f32({n, 2, 9, 21})})};
     }},
    {"maximum", [] { return images("maximum", 2); }},
    {"minimum", [] { return images("minimum", 2); }},
    {"moving_average",
     [] {
       return images("moving_average", 2, {{"momentum", 0.9}});
     }},
    {"multiply", [] { return images("multiply", 2); }},
    {"reduce", reductions},
    {"regularize",
     [] {
       return Kernels{single("regularize", {vector, vector}, {vector},
                             {{"l1", 0.01}, {"l2", 0.1}}),
                      single("regularize", {vector, vector}, {vector},
                             {{"l1", 0.01}, {"l2", 0.0}})};
     }},
    {"relative_bias",
     [] {
       return Kernels{copy(single("relative_bias", {f32({5 * 5, 4})},
                                  {f32({4, 9, 9})}, {{"size", list({3, 3})}}))};
     }},
    {"relative_bias_backward",
     [] {
       return Kernels{single("relative_bias_backward", {f32({4, 9, 9})},
                             {f32({5 * 5, 4})}, {{"size", list({3, 3})}})};
     }},
    {"relu", [] { return images("relu", 1); }},
    {"relu_backward", [] { return images("relu_backward", 2); }},
    {"rmsprop_update",
     [] {
       Attributes a = {{"rho", 0.9}, {"epsilon", 1e-2}, {"momentum", 0.0}};
       Attributes centered = a;
       centered["centered"] = int64_t{1};
       return Kernels{update("rmsprop_update", 1, a),
                      update("rmsprop_update", 2, centered)};
     }},
    {"scale",
     [] {
       Kernels all = images("scale", 1, {{"scale", 0.5}, {"offset", 1.0}});
       all.push_back(images("scale", 1, {{"scale", 0.0}, {"offset", 1.0}})[0]);
       return all;
     }},
    {"select",
     [] {
       return Kernels{
           copy(single("select", {u8(image.shape), image, image}, {image}))};
     }},
    {"sgd_update",
     [] {
       return Kernels{update("sgd_update", 0, {{"weight_decay", 0.1}}),
                      update("sgd_update", 1,
                             {{"momentum", 0.9}, {"nesterov", int64_t{1}}})};
     }},
    {"softmax", [] { return Kernels{single("softmax", {rows}, {rows})}; }},
    {"softmax_backward",
     [] {
       return Kernels{single("softmax_backward", {rows, rows}, {rows})};
     }},
    {"softmax_cross_entropy",
     [] {
       TensorType scores = f32({n, 21});
       Kernels all;
       for (double smoothing : {0.0, 0.1})
         all.push_back(
             with(single("softmax_cross_entropy", {scores, i32({n})},
                         {scalar, scores}, {{"label_smoothing", smoothing}}),
                  SpecialKernel::OfInfinity));
       return all;
     }},
    {"softmax_cross_entropy_backward",
     [] {
       TensorType scores = f32({n, 21});
       return Kernels{single("softmax_cross_entropy_backward",
                             {scores, i32({n})}, {scores})};
     }},
    {"squared_norm",
     [] { return Kernels{single("squared_norm", {vector}, {scalar})}; }},
    {"standardize",
     [] {
       return Kernels{with(single("standardize", {rows}, {rows},
                                  {{"axes", list({2})}, {"epsilon", 1e-3}}),
                           SpecialKernel::OfInfinity)};
     }},
    {"standardize_backward",
     [] {
       return Kernels{with(single("standardize_backward", {rows, rows}, {rows},
                                  {{"axes", list({2})}, {"epsilon", 1e-3}}),
                           SpecialKernel::OfInfinity)};
     }},
    {"subtract", [] { return images("subtract", 2); }},
    {"transpose",
     [] {
       return Kernels{copy(single("transpose", {image}, {f32({n, 4, 21, 3})},
                                  {{"permutation", list({0, 2, 3, 1})}}))};
     }},
};
} // namespace

std::vector<SpecialKernel> specialKernels(const std::string &op) {
  Kernels kernels;
  std::vector<Row> rows = pictureRows();
  for (const Row &row : imageRows())
    rows.push_back(row);
  rows.insert(rows.end(), std::begin(table), std::end(table));
  for (const Row &row : rows)
    if (op == row.op)
      kernels = row.make();
  // Their names are functions' names in C++.
  for (size_t i = 0; i < kernels.size(); ++i)
    kernels[i].spec.name += "_" + std::to_string(i);
  return kernels;
}

} // namespace lathe::kernels
