//===- Convolutions.cpp - Conv, ConvTranspose -----------------------------===//
#include "compiler/frontend/onnx/Operators.h"
#include "compiler/frontend/onnx/Windows.h"

using namespace mlir;
using namespace lathe;
using namespace lathe::onnx;

static void checkFloats(const Node &node) {
  for (const Tensor &operand : node.all())
    if (operand && !operand.isFloat())
      throw Refusal("convolutions are of float32 alone");
}

static Tensor addBias(Node &node, const Tensor &image) {
  if (!node.has(2))
    return image;
  Tensor bias = node.in(2);
  if (bias.rank() != 1 || bias.shape()[0] != image.shape().back())
    throw Refusal("the bias has shape " + describe(bias.shape()));
  return node.emit.create<nn::BiasAddOp>(node.emit.operand(image),
                                         node.emit.operand(bias));
}

static IntegerAttr groupsAttr(Emitter &emit, int64_t groups) {
  return groups == 1 ? IntegerAttr()
                     : emit.getBuilder().getI64IntegerAttr(groups);
}

static void checkRank(const Tensor &x, const Tensor &w) {
  if (w.rank() != x.rank())
    throw Refusal("a filter of shape " + describe(w.shape()) + " needs " +
                  std::to_string(w.rank()) + " dimensions, the input has " +
                  std::to_string(x.rank()));
}

static Refusal misfit(const Tensor &w, int64_t groups, int64_t channels) {
  return Refusal("a filter of shape " + describe(w.shape()) + " in " +
                 std::to_string(groups) + " groups does not fit " +
                 std::to_string(channels) + " channels");
}

static void buildConv(Node &node) {
  Emitter &emit = node.emit;
  checkFloats(node);
  Tensor x = node.in(0), w = node.in(1);
  Tensor image = emit.toImage(x);
  checkRank(x, w);
  int64_t groups = node.integer("group", 1);
  int64_t channels = x.shape()[1], filters = w.shape()[0];
  if (groups < 1 || channels != w.shape()[1] * groups || filters % groups)
    throw misfit(w, groups, channels);
  Windows windows = readWindows(node, x.shape().drop_front(2),
                                w.shape().drop_front(2), /*rounding=*/false);
  // [out, in, height, width] to [height, width, in, out]
  Shape shape(w.shape());
  if (x.rank() == 3)
    shape.insert(shape.begin() + 2, 1);
  Tensor filter = emit.transpose(emit.reshape(w, shape), {2, 3, 1, 0});
  OpBuilder &builder = emit.getBuilder();
  auto strides = builder.getDenseI64ArrayAttr(windows.strides);
  auto padding = builder.getDenseI64ArrayAttr(windows.padding);
  DenseI64ArrayAttr dilations = windows.dilationsAttr(builder);
  Tensor y;
  if (emit.training && groups > 1 && groups == channels) {
    // The parameter of a depthwise layer, as model files have it.
    filter = emit.reshape(filter, {filter.shape()[0], filter.shape()[1],
                                   channels, filters / channels});
    y = emit.create<nn::DepthwiseConv2DOp>(emit.operand(image),
                                           emit.operand(filter), strides,
                                           padding, StringAttr(), dilations);
  } else {
    y = emit.create<nn::Conv2DOp>(emit.operand(image), emit.operand(filter),
                                  strides, padding, StringAttr(), dilations,
                                  groupsAttr(emit, groups));
  }
  node.out(emit.fromImage(addBias(node, y), x.rank()));
}

/// The gradient of a convolution for its image.
static void buildConvTranspose(Node &node) {
  Emitter &emit = node.emit;
  checkFloats(node);
  Tensor x = node.in(0), w = node.in(1);
  Tensor image = emit.toImage(x);
  checkRank(x, w);
  int64_t groups = node.integer("group", 1), spatial = x.rank() - 2;
  int64_t channels = x.shape()[1];
  if (groups < 1 || w.shape()[0] != channels || channels % groups)
    throw misfit(w, groups, channels);
  Transposition t =
      readTransposition(node, x.shape().drop_front(2), w.shape().drop_front(2));
  // [in, out / groups, height, width] to [height, width, out / groups, in]
  Shape shape(w.shape());
  if (spatial == 1)
    shape.insert(shape.begin() + 2, 1);
  Tensor filter = emit.transpose(emit.reshape(w, shape), {2, 3, 1, 0});
  OpBuilder &builder = emit.getBuilder();
  auto type = RankedTensorType::get(
      {image.shape()[0], t.output[0], t.output[1], w.shape()[1] * groups},
      emit.f32());
  Tensor y = emit.createTyped<nn::Conv2DBackwardDataOp>(
      type, emit.operand(image), emit.operand(filter),
      builder.getDenseI64ArrayAttr(t.strides),
      builder.getDenseI64ArrayAttr(t.padding), t.dilationsAttr(builder),
      groupsAttr(emit, groups));
  // Where padding is negative, rows and columns of zeros are around it.
  Shape low{0, t.extra[0], t.extra[2], 0}, high{0, t.extra[1], t.extra[3], 0};
  if (t.extra != SmallVector<int64_t>{0, 0, 0, 0})
    y = emit.pad(y, low, high);
  node.out(emit.fromImage(addBias(node, y), x.rank()));
}

static constexpr Operator rows[] = {
    {"Conv", "auto_pad dilations group kernel_shape pads strides", buildConv},
    {"ConvTranspose",
     "auto_pad dilations group kernel_shape output_padding output_shape pads "
     "strides",
     buildConvTranspose},
};

llvm::ArrayRef<Operator> lathe::onnx::convolutionOperators() { return rows; }
