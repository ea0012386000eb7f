//===- Augment.cpp - The augmentation of training images ------------------===//
#include "compiler/frontend/augment/Augment.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace lathe;
using namespace lathe::frontend;

AugmentBuilder::AugmentBuilder(const Source &source, OpBuilder &builder,
                               OpBuilder &draws, Value images, Value numbers)
    : source(source), builder(builder), draws(draws), images(images),
      numbers(numbers) {}

void AugmentBuilder::build(const Setting &setting) {
  layer = &setting;
  failed = setting.bad;
  bool followsMixing = isMixing;
  int64_t before = count;
  if (!failed)
    setting.row->augment(*this);
  if (followsMixing && count > before)
    error("", Twine(layer->row->name) +
                  " changes pictures one by one; put what mixes them behind "
                  "it");
}

int64_t AugmentBuilder::extent(unsigned dimension) const {
  return cast<RankedTensorType>(images.getType()).getDimSize(dimension);
}

Interval AugmentBuilder::interval(StringRef name, double (*low)(double)) const {
  const Setting &argument = this->argument(name);
  double last = argument.numbers.back();
  return argument.numbers.size() == 1
             ? Interval{low(last), last}
             : Interval{argument.numbers.front(), last};
}

Interval AugmentBuilder::valueRange() const {
  const Setting &range = argument("value_range");
  return {range.numbers.front(), range.numbers.back()};
}

int64_t AugmentBuilder::draw(StringRef kind, int64_t size,
                             ArrayRef<double> arguments) {
  nn::DrawOp::create(draws, source.locate(layer->place), kind, count, stream++,
                     arguments);
  count += size;
  return count - size;
}

void AugmentBuilder::warp(StringRef kind, ArrayRef<double> arguments,
                          bool projective) {
  warp(kind, arguments, argument("fill_mode").text,
       argument("interpolation").text, number("fill_value"), projective);
}

void AugmentBuilder::warp(StringRef kind, ArrayRef<double> arguments,
                          StringRef fillMode, StringRef interpolation,
                          double fillValue, bool projective) {
  warpBy(draw(kind, nn::DrawOp::transformNumbers, arguments), fillMode,
         interpolation, fillValue, projective);
}

void AugmentBuilder::warpBy(int64_t at, StringRef fillMode,
                            StringRef interpolation, double fillValue,
                            bool projective) {
  images = nn::WarpOp::create(
      builder, source.locate(layer->place), images.getType(), images, numbers,
      at, interpolation, fillMode, llvm::APFloat(fillValue), projective);
}

void AugmentBuilder::wrongColours(const Twine &wanted) {
  error("", Twine(layer->row->name) + " needs pictures of " + wanted +
                ", but the model's input has " + Twine(channels()) +
                (channels() == 1 ? " channel" : " channels"));
}

void AugmentBuilder::adjust(StringRef function, int64_t at, Interval range) {
  bool mixes =
      function == "grayscale" || function == "hue" || function == "saturation";
  if (mixes && channels() != 3)
    return wrongColours("three colours");
  if (function == "enhance" && channels() != 1 && channels() != 3)
    return wrongColours("one colour or three");
  if (!(range.low < range.high))
    return error("value_range", "value_range must be [low, high], and low less "
                                "than high");
  images = nn::AdjustOp::create(
      builder, source.locate(layer->place), images.getType(), images, numbers,
      at, function, llvm::APFloat(range.low), llvm::APFloat(range.high));
}

void AugmentBuilder::mix(StringRef kind, ArrayRef<double> arguments) {
  draw(kind, 0, arguments);
  isMixing = true;
}

void AugmentBuilder::warn(StringRef name, const Twine &message) {
  mlir::emitWarning(source.locate(argument(name).place)) << message;
}

void AugmentBuilder::error(StringRef name, const Twine &message) {
  if (!failed)
    (void)source.error(name.empty() ? layer->place : argument(name).place,
                       message);
  failed = true;
}

/// @mix: the images of a batch with others of it.
static void buildMixing(OpBuilder builder, Location loc, Type images,
                        Type numbers) {
  auto function =
      func::FuncOp::create(builder, loc, nn::mixName,
                           builder.getFunctionType({images, numbers}, images));
  Block *body = builder.createBlock(&function.getBody(), {}, {images, numbers},
                                    {loc, loc});
  Value mixed = nn::MixOp::create(builder, loc, images, body->getArgument(0),
                                  body->getArgument(1));
  func::ReturnOp::create(builder, loc, mixed);
}

void lathe::frontend::buildAugmentation(const Source &source,
                                        const Setting &model,
                                        ArrayRef<int64_t> inputShape,
                                        OpBuilder &builder) {
  const Setting *layers = model.find("augment");
  if (!layers || layers->members.empty())
    return;
  if (inputShape.size() != 3) {
    (void)source.error(
        layers->place,
        "augment is for pictures (height x width x channels), "
        "but the model's input has " +
            Twine(inputShape.size()) +
            (inputShape.size() == 1 ? " dimension" : " dimensions"));
    return;
  }
  SmallVector<int64_t> shape{ShapedType::kDynamic};
  llvm::append_range(shape, inputShape);
  Type type = RankedTensorType::get(shape, builder.getF32Type());
  auto numbers = [&](int64_t count) -> Type {
    return RankedTensorType::get({ShapedType::kDynamic, count},
                                 builder.getF32Type());
  };

  OpBuilder::InsertionGuard guard(builder);
  Location loc = source.locate(layers->place);
  auto function =
      func::FuncOp::create(builder, loc, nn::augmentName,
                           builder.getFunctionType({type, numbers(1)}, type));
  OpBuilder draws(function);
  Block *body = builder.createBlock(&function.getBody(), {}, {type, numbers(1)},
                                    {loc, loc});
  AugmentBuilder augment(source, builder, draws, body->getArgument(0),
                         body->getArgument(1));
  for (const Setting &layer : layers->members)
    augment.build(layer);
  func::ReturnOp::create(builder, loc, augment.getImages());
  body->getArgument(1).setType(numbers(augment.countNumbers()));
  function.setFunctionType(
      builder.getFunctionType({type, numbers(augment.countNumbers())}, type));
  if (augment.mixes())
    buildMixing(draws, loc, type, numbers(6));
  if (augment.countNumbers() == 0)
    function.erase();
}

const Family &lathe::frontend::augmentations() {
  static const std::vector<Row> rows = [] {
    std::vector<Row> all;
    for (ArrayRef<Row> part :
         {geometricAugmentations(), colorAugmentations(), policyAugmentations(),
          mixingAugmentations(), keptAugmentations()})
      llvm::append_range(all, part);
    return all;
  }();
  static const Family family{
      .noun = "augmentation",
      .nouns = "augmentations",
      .summary = "random changes of the pictures that are trained on, one "
                 "after the other, other ones in each epoch",
      .rows = rows};
  return family;
}
