//===- Augment.cpp - The augmentation of training images ------------------===//
#include "compiler/frontend/augment/Augment.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace lathe;
using namespace lathe::frontend;

AugmentBuilder::AugmentBuilder(const Source &source, OpBuilder &builder,
                               OpBuilder &draws, Value images, Value numbers,
                               int64_t epochs)
    : source(source), builder(builder), draws(draws), images(images),
      numbers(numbers), allEpochs(epochs) {}

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
  drawAt(kind, count, arguments);
  count += size;
  return count - size;
}

void AugmentBuilder::drawAt(StringRef kind, int64_t at,
                            ArrayRef<double> arguments) {
  nn::DrawOp::create(draws, source.locate(layer->place), kind, at, stream++,
                     arguments);
}

void AugmentBuilder::warp(StringRef kind, ArrayRef<double> arguments,
                          bool projective) {
  warp(kind, arguments, argument("fill_mode").text,
       argument("interpolation").text, number("fill_value"), projective);
}

void AugmentBuilder::warp(StringRef kind, ArrayRef<double> arguments,
                          StringRef fillMode, StringRef interpolation,
                          double fillValue, bool projective) {
  if (!window)
    return warpBy(draw(kind, nn::DrawOp::transformNumbers, arguments), fillMode,
                  interpolation, fillValue, projective);
  // The kind knows places in the window.
  auto top = double(window->top), left = double(window->left);
  int64_t at = draw("shift", nn::DrawOp::transformNumbers, {-left, -top});
  drawAt(kind, at, arguments);
  drawAt("shift", at, {left, top});
  warpBy(at, fillMode, interpolation, fillValue, projective);
}

void AugmentBuilder::crop(int64_t height, int64_t width) {
  // As nn.fit_image "center" cuts.
  Window part{top() + (this->height() - height) / 2,
              left() + (this->width() - width) / 2, height, width};
  warp("crop",
       {double(this->width()), double(width), double(part.left - left()),
        double(this->height()), double(height), double(part.top - top())},
       "nearest", "bilinear", 0);
  window = part;
}

void AugmentBuilder::blend(Value other, int64_t at) {
  images = nn::BlendOp::create(builder, source.locate(layer->place),
                               images.getType(), images, numbers, other, at);
}

void AugmentBuilder::warpBy(int64_t at, StringRef fillMode,
                            StringRef interpolation, double fillValue,
                            bool projective, Value field) {
  images = nn::WarpOp::create(
      builder, source.locate(layer->place), images.getType(), images, numbers,
      field, at, interpolation, fillMode, llvm::APFloat(fillValue), projective);
}

void AugmentBuilder::displace(int64_t at, int64_t radius) {
  constexpr int64_t noiseNumbers = 3;
  auto type = cast<RankedTensorType>(images.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape[3] = 2;
  Location loc = source.locate(layer->place);
  Value noise =
      nn::NoiseOp::create(builder, loc, type.clone(shape), numbers, at);
  Value field = nn::BlurOp::create(builder, loc, noise.getType(), noise,
                                   numbers, at + noiseNumbers,
                                   ArrayRef{radius, radius}, "constant");
  // No shift: for what moves pixels before it.
  warpBy(draw("shift", nn::DrawOp::transformNumbers, {0, 0}),
         argument("fill_mode").text, argument("interpolation").text,
         number("fill_value"), /*projective=*/false, field);
}

void AugmentBuilder::blur(int64_t at, ArrayRef<int64_t> radii) {
  images =
      nn::BlurOp::create(builder, source.locate(layer->place), images.getType(),
                         images, numbers, at, radii, "reflect");
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
    return error("value_range", noValueRange);
  images = nn::AdjustOp::create(
      builder, source.locate(layer->place), images.getType(), images, numbers,
      at, function, llvm::APFloat(range.low), llvm::APFloat(range.high));
}

void AugmentBuilder::mix(StringRef kind, ArrayRef<double> arguments) {
  SmallVector<double> numbers{mixWeight};
  llvm::append_range(numbers, arguments);
  draw(kind, 0, numbers);
  isMixing = true;
}

void AugmentBuilder::buildInside(const Setting &setting, double weight) {
  const Setting *outer = std::exchange(layer, &setting);
  mixWeight = weight;
  setting.row->augment(*this);
  mixWeight = 1;
  layer = outer;
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

static int64_t epochsOf(const Setting &model) {
  const Setting *fit = model.find("fit");
  const Setting *epochs = fit ? fit->find("epochs") : nullptr;
  return epochs && epochs->written ? epochs->integer : 0;
}

/// The network reads what RandomCrop shows.
static void cutWindow(const Source &source, const Setting &model,
                      const Setting &augmentations, ArrayRef<int64_t> size,
                      func::FuncOp augment) {
  auto crop = llvm::find_if(augmentations.members, [](const Setting &layer) {
    return layer.row && layer.row->name == "RandomCrop";
  });
  auto network =
      augment->getParentOfType<ModuleOp>().lookupSymbol<func::FuncOp>(
          nn::forwardName);
  if (!model.find("layers")) {
    (void)source.error(crop->place,
                       "RandomCrop changes the size that the network reads, "
                       "which a graph has fixed; use RandomTranslation");
    return;
  }
  if (!network)
    return;
  OpBuilder builder = OpBuilder::atBlockBegin(&network.front());
  Value image = network.front().getArgument(0);
  auto part = nn::RandomWindowOp::create(
      builder, source.locate(crop->place),
      UnrankedTensorType::get(builder.getF32Type()), image, size);
  image.replaceAllUsesExcept(part, part);
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
                         body->getArgument(1), epochsOf(model));
  for (const Setting &layer : layers->members)
    augment.build(layer);
  if (augment.isCropped())
    cutWindow(source, model, *layers, {augment.height(), augment.width()},
              function);
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
         {geometricAugmentations(), colorAugmentations(), noiseAugmentations(),
          policyAugmentations(), mixingAugmentations(), keptAugmentations()})
      llvm::append_range(all, part);
    return all;
  }();
  // torchvision's words, and others'.
  static constexpr Alias aliases[] = {
      {"GaussianNoise", "random_gaussian_noise"},
      {"SaltAndPepper", "random_salt_and_pepper"},
  };
  static const Family family{
      .noun = "augmentation",
      .nouns = "augmentations",
      .summary = "random changes of the pictures that are trained on, one "
                 "after the other, other ones in each epoch",
      .rows = rows,
      .aliases = aliases};
  return family;
}
