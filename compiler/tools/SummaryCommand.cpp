//===- SummaryCommand.cpp - lathe summary ---------------------------------===//
#include "compiler/tools/SummaryCommand.h"
#include "compiler/tools/StagedModel.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"
#include <CLI/CLI.hpp>
#include <fmt/format.h>

using namespace mlir;
using namespace lathe;

namespace {
struct Counts {
  int64_t trainable = 0, fixed = 0;
};

/// 25557032 ⇒ 25,557,032.
std::string withCommas(int64_t number) {
  std::string text = std::to_string(number);
  for (int64_t at = int64_t(text.size()) - 3; at > 0; at -= 3)
    text.insert(at, ",");
  return text;
}

std::string describeShape(Type type) {
  std::string text;
  for (int64_t extent : cast<RankedTensorType>(type).getShape())
    text += (text.empty() ? "" : ", ") +
            (ShapedType::isDynamic(extent) ? "None" : std::to_string(extent));
  return "(" + text + ")";
}

Counts count(const frontend::ImportedLayer &layer) {
  Counts counts;
  for (Operation *op : layer.parameters) {
    auto variable = cast<nn::VariableOp>(op);
    int64_t elements =
        cast<RankedTensorType>(variable.getType()).getNumElements();
    (variable.getTrainable() ? counts.trainable : counts.fixed) += elements;
  }
  return counts;
}

void print(llvm::ArrayRef<frontend::ImportedLayer> layers) {
  constexpr llvm::StringLiteral title = "Layer (type)", shape = "Output Shape";
  std::vector<std::array<std::string, 3>> lines;
  size_t first = title.size(), second = shape.size();
  Counts total;
  for (const frontend::ImportedLayer &layer : layers) {
    Counts counts = count(layer);
    total.trainable += counts.trainable;
    total.fixed += counts.fixed;
    lines.push_back({layer.name + " (" + layer.kind + ")",
                     describeShape(layer.result.getType()),
                     withCommas(counts.trainable + counts.fixed)});
    first = std::max(first, lines.back()[0].size());
    second = std::max(second, lines.back()[1].size());
  }
  auto line = [&](llvm::StringRef a, llvm::StringRef b, llvm::StringRef c) {
    llvm::outs() << fmt::format("{:<{}}  {:<{}}  {:>13}\n", a.str(), first,
                                b.str(), second, c.str());
  };
  line(title, shape, "Param #");
  for (const auto &[layer, extents, parameters] : lines)
    line(layer, extents, parameters);
  llvm::outs() << "Total params: " << withCommas(total.trainable + total.fixed)
               << "\nTrainable params: " << withCommas(total.trainable)
               << "\nNon-trainable params: " << withCommas(total.fixed) << "\n";
}

/// Draws that say nothing by themselves: numbers, which the operation that
/// reads them is named for, and what is always the same.
bool isNameless(llvm::StringRef draw) {
  return llvm::is_contained<llvm::StringRef>(
      {"box", "chance", "noise", "odds", "shift", "signed", "uniform"}, draw);
}

/// What `augment:` draws for pictures, which no layer shows.
void printAugmentation(mlir::ModuleOp module) {
  llvm::SetVector<llvm::StringRef> names;
  module.walk([&](Operation *op) {
    auto adjust = dyn_cast<nn::AdjustOp>(op);
    if (adjust && adjust.getFunction() != "enhance") // by a policy
      names.insert(adjust.getFunction());
    auto draw = dyn_cast<nn::DrawOp>(op);
    if (draw && !isNameless(draw.getDraw()))
      names.insert(draw.getDraw());
  });
  if (!names.empty())
    llvm::outs() << "Augmentation, in training only: "
                 << llvm::join(names, ", ") << "\n";
}

bool summarize(const std::string &path, onnx::ImportOptions options) {
  std::vector<frontend::ImportedLayer> layers;
  options.layers = &layers;
  StagedModel model;
  if (!model.load(path, options) || !model.inferShapes())
    return false;
  print(layers);
  printAugmentation(model.module());
  return true;
}
} // namespace

void lathe::addSummaryCommand(CLI::App &app) {
  auto *command = app.add_subcommand(
      "summary", "The layers of a model file, their shapes and parameters");
  auto path = std::make_shared<std::string>();
  auto options = std::make_shared<onnx::ImportOptions>();
  command->add_option("MODEL", *path, "The model file: YAML or an ONNX graph")
      ->required();
  command
      ->add_option("--recipe", options->recipe,
                   "Of an ONNX graph: how it is trained, and what of it is")
      ->type_name("FILE");
  command->callback([path, options] {
    if (!summarize(*path, *options))
      throw CLI::RuntimeError(1);
  });
}
