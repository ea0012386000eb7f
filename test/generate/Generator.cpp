//===- Generator.cpp - Random models --------------------------------------===//
#include "test/generate/Generator.h"
#include "compiler/Pipeline.h"
#include "compiler/frontend/Frontend.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Pass/PassManager.h"
#include "test/generate/Values.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include <fmt/format.h>
#include <optional>

using namespace mlir;
using namespace lathe::frontend;

namespace lathe::test {

namespace {
/// Of a sample, in a tensor, in all parameters, and multiplied in all layers.
constexpr int64_t mostElements = 12'000, mostParameters = 150'000,
                  mostMultiplications = 3'000'000;

/// The model's file in pieces, a layer a line.
struct Text {
  std::string input;
  std::vector<std::string> blocks, layers;
  std::string recipe, freeze;

  std::string str() const {
    std::string text = "name: m\ninput: {shape: " + input + "}\n";
    if (!blocks.empty())
      text += "blocks:\n  block:\n    layers:\n";
    for (const std::string &layer : blocks)
      text += "      - " + layer + "\n";
    text += "layers:\n";
    for (const std::string &layer : layers)
      text += "  - " + layer + "\n";
    // A loss that any network may have, until the recipe is drawn.
    return text + freeze +
           (recipe.empty() ? "compile: {loss: mean_squared_error}\n" : recipe);
  }
};

int64_t elementsOf(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  int64_t elements = 1;
  if (tensor)
    for (int64_t extent : tensor.getShape())
      elements *= ShapedType::isDynamic(extent) ? 1 : extent;
  return elements;
}

/// What a network takes, roughly: products of the filter and each pixel.
bool isSmall(ModuleOp module) {
  int64_t parameters = 0, multiplications = 0, largest = 0;
  for (auto variable : module.getOps<nn::VariableOp>())
    parameters += elementsOf(variable.getType());
  module.walk([&](Operation *op) {
    for (Value result : op->getResults())
      if (!isa<nn::ReadOp>(op))
        largest = std::max(largest, elementsOf(result.getType()));
    if (op->getNumOperands() < 2 || op->getNumResults() != 1)
      return;
    auto filter = dyn_cast<RankedTensorType>(op->getOperand(1).getType());
    auto result = dyn_cast<RankedTensorType>(op->getResult(0).getType());
    if (filter && result && filter.getRank() > 1 &&
        op->getOperand(1).getDefiningOp<nn::ReadOp>())
      multiplications += elementsOf(result) * elementsOf(filter) /
                         std::max<int64_t>(1, filter.getShape().back());
  });
  return parameters <= mostParameters && largest <= mostElements &&
         multiplications <= mostMultiplications;
}

/// Asks the compiler about texts.
class Trial {
public:
  explicit Trial(const std::function<void(const std::string &)> &trying)
      : trying(trying), context(registry(), MLIRContext::Threading::DISABLED) {
    context.loadAllAvailableDialects();
  }

  /// The shape of the network's result, without the batch, where the stages to
  /// the named one take the text.
  std::optional<std::vector<int64_t>> shapeOf(const std::string &text,
                                              StringRef last) {
    trying(text);
    ScopedDiagnosticHandler silence(&context,
                                    [](Diagnostic &) { return success(); });
    llvm::SourceMgr source;
    source.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBuffer(text, "model"),
                              llvm::SMLoc());
    OwningOpRef<ModuleOp> module = importYaml(source, context);
    if (!module)
      return std::nullopt;
    std::optional<std::vector<int64_t>> shape;
    for (const Stage &stage : stages()) {
      PassManager passes(&context);
      stage.build(passes, {});
      if (failed(passes.run(*module)))
        return std::nullopt;
      if (stage.name == "typed") {
        if (!isSmall(*module))
          return std::nullopt;
        auto forward = module->lookupSymbol<func::FuncOp>(nn::forwardName);
        shape = cast<RankedTensorType>(forward.getResultTypes()[0])
                    .getShape()
                    .drop_front()
                    .vec();
      }
      if (stage.name == last)
        break;
    }
    return shape;
  }

private:
  static DialectRegistry registry() {
    DialectRegistry registry;
    registerAllDialects(registry);
    return registry;
  }

  const std::function<void(const std::string &)> &trying;
  MLIRContext context;
};

struct Named {
  std::string name;
  std::vector<int64_t> shape;
};

class Generator {
public:
  Generator(uint64_t seed, Trial &trial) : dice(seed), trial(trial) {}

  std::string run() {
    drawInput();
    int64_t wanted = dice.between(1, 9);
    for (int64_t attempts = 0;
         attempts < 12 * wanted && int64_t(made.size()) <= wanted; ++attempts)
      addLayer();
    drawBlock();
    while (!drawRecipe()) {
    }
    return text.str();
  }

private:
  static std::string list(const std::vector<int64_t> &extents) {
    std::vector<std::string> items;
    for (int64_t extent : extents)
      items.push_back(std::to_string(extent));
    return "[" + llvm::join(items, ", ") + "]";
  }

  void drawInput() {
    constexpr int64_t edges[] = {1, 2, 3, 5, 7, 8, 9, 12, 14, 16, 17, 20, 28};
    std::vector<int64_t> shape{dice.between(1, 9)};
    for (int64_t rank = dice.pick(std::array{1, 2, 3, 3, 3, 3}); rank > 1;
         --rank)
      shape.insert(shape.begin(), dice.pick(edges));
    made = {{"input", shape}};
    text.input = list(shape);
  }

  /// Any layer; those that learn more often, which have the larger kernels, and
  /// those that prepare pictures only as the first: some have no gradient.
  const Row &drawRow() {
    auto learns = [](const Row &row) {
      return llvm::any_of(row.arguments, [](const Argument &argument) {
        return argument.family == &initializers();
      });
    };
    for (;;)
      if (const Row &row = dice.pick(layers().rows);
          (learns(row) || dice.chance(0.4)) &&
          (!row.preparesPictures || made.size() == 1))
        return row;
  }

  /// A layer that reads the one before it, or others.
  void addLayer() {
    const Row &row = drawRow();
    std::string name = fmt::format("l{}", made.size());
    std::string more = "name: " + name;
    const Named *read = &made.back();
    if (row.mostInputs > 1) {
      std::vector<std::string> inputs{read->name};
      while (inputs.size() < row.leastInputs ||
             (inputs.size() < row.mostInputs && dice.chance(0.3)))
        inputs.push_back(likeOf(*read).name);
      more += ", inputs: [" + llvm::join(inputs, ", ") + "]";
    } else if (row.mostInputs == 1 && dice.chance(0.25)) {
      read = &dice.pick(made);
      more += ", inputs: " + read->name;
    }
    Surroundings around{read->shape, {}};
    text.layers.push_back(
        randomEntry(row, layers().common, around, more, dice));
    if (auto shape = trial.shapeOf(text.str(), "typed"))
      made.push_back({name, *shape});
    else
      text.layers.pop_back();
  }

  /// A value of the same shape, where there is another; most often, the
  /// youngest.
  const Named &likeOf(const Named &other) {
    for (size_t i = made.size() - 1; i-- > 0;)
      if (made[i].shape == other.shape && dice.chance(0.7))
        return made[i];
    return dice.pick(made);
  }

  /// Some layers that keep the shape become a block, which is repeated.
  void drawBlock() {
    if (text.layers.size() < 2 || !dice.chance(0.3))
      return;
    size_t begin = size_t(dice.between(0, int64_t(text.layers.size()) - 1));
    size_t end =
        size_t(dice.between(int64_t(begin) + 1, int64_t(text.layers.size())));
    Text with = text;
    with.blocks.assign(text.layers.begin() + begin, text.layers.begin() + end);
    with.layers.erase(with.layers.begin() + begin, with.layers.begin() + end);
    with.layers.insert(
        with.layers.begin() + begin,
        fmt::format("block: {{repeat: {}, name: b}}", dice.between(1, 3)));
    if (trial.shapeOf(with.str(), "typed"))
      text = with;
  }

  bool drawRecipe() {
    Text with = text;
    auto shape = trial.shapeOf(text.str(), "typed");
    if (!shape || shape->size() > 1)
      with.layers.push_back(shape && shape->size() == 3 && dice.chance(0.4)
                                ? "GlobalAveragePooling2D"
                                : "Flatten");
    constexpr int64_t classes[] = {1, 1, 2, 3, 5, 10, 17};
    const char *activations[] = {"softmax", "softmax", "softmax", "sigmoid",
                                 "linear"};
    with.layers.push_back(fmt::format("Dense: {{units: {}, activation: {}}}",
                                      dice.pick(classes),
                                      dice.pick(activations)));
    Surroundings around{{}, {"bias", "gamma", "beta", "kernel", "l1", "l2"}};
    constexpr int64_t batches[] = {1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 32};
    with.recipe =
        fmt::format("compile:\n  optimizer: {{{}}}\n  loss: {{{}}}\nfit:\n"
                    "  batch_size: {}\n",
                    randomEntry(dice.pick(optimizers().rows),
                                optimizers().common, around, "", dice),
                    randomEntry(dice.pick(losses().rows), losses().common,
                                around, "", dice),
                    dice.pick(batches));
    if (dice.chance(0.15))
      with.recipe += fmt::format("  class_weight: {{0: 0.5, {}: 2}}\n", 1);
    if (dice.chance(0.15))
      with.recipe += "  sample_weight: true\n";
    if (dice.chance(0.15))
      with.freeze = "freeze: [" + dice.pick(made).name + "]\n";
    if (!trial.shapeOf(with.str(), "stepped"))
      return false;
    text = with;
    return true;
  }

  Dice dice;
  Trial &trial;
  Text text;
  std::vector<Named> made; ///< the input, and the layers
};
} // namespace

std::string
generateModel(uint64_t seed,
              const std::function<void(const std::string &)> &trying) {
  Trial trial(trying);
  return Generator(seed, trial).run();
}

} // namespace lathe::test
