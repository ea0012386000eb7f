//===- Shaping.cpp - Reshape and its relatives ----------------------------===//
#include "compiler/frontend/onnx/Operators.h"
#include "dialects/nn/Limits.h"

using namespace mlir;
using namespace lathe::onnx;

/// Elements of a sample, or of all where there is no batch.
static int64_t countOf(const Tensor &x) {
  return elementCount(x.shape().drop_front(x.isBatched()));
}

/// What exporters make one initializer because it begins alike, are several
/// parameters where they learn.
static void buildIdentity(Node &node) {
  Tensor x = node.in(0);
  if (node.emit.training && x.constant && !x.name.empty())
    x.name = node.get().output(0);
  node.out(x);
}

static void buildReshape(Node &node) {
  Tensor x = node.in(0);
  bool zeroIsZero = node.integer("allowzero", 0);
  std::optional<SmallVector<int64_t>> wanted = node.list("shape", 1);
  if (!wanted)
    throw Refusal("there is no shape");
  Shape shape(*wanted);
  for (auto [i, extent] : llvm::enumerate(shape)) {
    if (extent != 0 || zeroIsZero)
      continue;
    if (int64_t(i) >= x.rank())
      throw Refusal("the shape copies a dimension that the input lacks");
    extent = x.shape()[i];
  }
  if (llvm::count(shape, -1) > 1)
    throw Refusal("the shape has more than one -1");
  bool hasBatch = x.isBatched();
  if (!hasBatch && llvm::is_contained(shape, batchMarker))
    throw MixesBatch("a shape has the number of samples");
  ArrayRef<int64_t> rest = shape;
  if (hasBatch) {
    // The batch stays what it is: asked for as such, as the number of samples
    // of the graph, or as what remains.
    if (shape.empty())
      throw MixesBatch("the batch is reshaped");
    rest = rest.drop_front();
    bool stays = shape[0] == batchMarker || ShapedType::isDynamic(shape[0]) ||
                 shape[0] == -1 || shape[0] == node.emit.graphBatch;
    if (!stays)
      throw MixesBatch("the batch is reshaped");
  }
  int64_t count = countOf(x), product = 1, *open = nullptr;
  for (int64_t &extent : MutableArrayRef(shape).drop_front(hasBatch)) {
    if (extent == -1) {
      open = &extent;
      continue;
    }
    if (extent == batchMarker || ShapedType::isDynamic(extent))
      throw MixesBatch("the batch is not the first dimension");
    if (extent < 0)
      throw Refusal("the shape has the extent " + std::to_string(extent));
    if (extent && product > lathe::nn::maxElements / extent)
      throw Refusal("the shape has " + std::string(lathe::nn::tooManyElements));
    product *= extent;
  }
  if (open)
    *open = product ? count / product : 0;
  if ((open ? product * *open : product) != count) {
    std::string text = "an input of shape " + describe(x.shape()) +
                       " cannot have the shape " + describe(shape);
    if (hasBatch)
      throw MixesBatch(text);
    throw Refusal(text);
  }
  if (hasBatch)
    shape[0] = ShapedType::kDynamic;
  node.out(node.emit.reshape(x, shape));
}

static void buildFlatten(Node &node) {
  Tensor x = node.in(0);
  int64_t axis = node.integer("axis", 1);
  if (axis < -x.rank() || axis > x.rank())
    throw Refusal("there is no axis " + std::to_string(axis));
  axis += axis < 0 ? x.rank() : 0;
  if (x.isBatched() && axis != 1)
    throw MixesBatch("the batch is joined with other dimensions");
  int64_t outer = x.isBatched() ? ShapedType::kDynamic
                                : elementCount(x.shape().take_front(axis));
  node.out(
      node.emit.reshape(x, {outer, elementCount(x.shape().drop_front(axis))}));
}

static void buildSqueeze(Node &node) {
  Tensor x = node.in(0);
  Shape shape;
  if (auto axes = node.list("axes", 1)) {
    for (int64_t &axis : *axes) {
      axis = Emitter::normalizeAxis(axis, x.rank());
      if (ShapedType::isDynamic(x.shape()[axis]))
        throw MixesBatch("the batch is removed");
      if (x.shape()[axis] != 1)
        throw Refusal("a dimension of " + std::to_string(x.shape()[axis]) +
                      " elements cannot be removed");
    }
    for (int64_t axis = 0; axis < x.rank(); ++axis)
      if (!llvm::is_contained(*axes, axis))
        shape.push_back(x.shape()[axis]);
  } else {
    if (x.isBatched())
      throw MixesBatch("all dimensions of one element are removed");
    for (int64_t extent : x.shape())
      if (extent != 1)
        shape.push_back(extent);
  }
  node.out(node.emit.reshape(x, shape));
}

static void buildUnsqueeze(Node &node) {
  Tensor x = node.in(0);
  auto axes = node.list("axes", 1);
  if (!axes)
    throw Refusal("there are no axes");
  int64_t rank = x.rank() + int64_t(axes->size());
  if (rank > 8)
    throw Refusal("more than 8 dimensions are not supported");
  Shape shape;
  for (int64_t &axis : *axes)
    axis = Emitter::normalizeAxis(axis, rank);
  llvm::sort(*axes);
  if (std::unique(axes->begin(), axes->end()) != axes->end())
    throw Refusal("an axis is added twice");
  for (int64_t axis = 0, from = 0; axis < rank; ++axis)
    shape.push_back(llvm::is_contained(*axes, axis) ? 1 : x.shape()[from++]);
  if (x.isBatched() && !ShapedType::isDynamic(shape[0]))
    throw MixesBatch("the batch would not be the first dimension");
  node.out(node.emit.reshape(x, shape));
}

static void buildTranspose(Node &node) {
  Tensor x = node.in(0);
  SmallVector<int64_t> permutation = node.integers("perm"), sorted;
  if (!node.hasAttribute("perm"))
    for (int64_t axis = x.rank(); axis-- > 0;)
      permutation.push_back(axis);
  sorted = permutation;
  llvm::sort(sorted);
  bool valid = int64_t(sorted.size()) == x.rank();
  for (auto [i, axis] : llvm::enumerate(sorted))
    valid &= axis == int64_t(i);
  if (!valid)
    throw Refusal("perm is no permutation of " + std::to_string(x.rank()) +
                  " dimensions");
  node.out(node.emit.transpose(x, permutation));
}

static void buildExpand(Node &node) {
  Tensor x = node.in(0);
  Shape wanted(node.knownIntegers(1));
  for (int64_t &extent : wanted) {
    if (extent == batchMarker)
      extent = ShapedType::kDynamic;
    else if (extent < 0)
      throw Refusal("the shape has the extent " + std::to_string(extent));
  }
  if (x.isBatched() && wanted.size() == x.shape().size() &&
      wanted[0] == node.emit.graphBatch)
    wanted[0] = ShapedType::kDynamic;
  Shape shape = Emitter::broadcastShape(x.shape(), wanted);
  elementCount(ArrayRef(shape).drop_front(!shape.empty() &&
                                          ShapedType::isDynamic(shape[0])));
  node.out(node.emit.broadcast(x, shape));
}

/// Copies along each axis: a broadcast of a new dimension before it.
static void buildTile(Node &node) {
  Emitter &emit = node.emit;
  Tensor x = node.in(0);
  SmallVector<int64_t> repeats = node.knownIntegers(1);
  if (int64_t(repeats.size()) != x.rank())
    throw Refusal("Tile needs a number for each dimension");
  for (int64_t axis = 0; axis < x.rank(); ++axis) {
    if (repeats[axis] == 1)
      continue;
    if (repeats[axis] < 0 || repeats[axis] > INT32_MAX)
      throw Refusal("a dimension is repeated " + std::to_string(repeats[axis]) +
                    " times");
    if (ShapedType::isDynamic(x.shape()[axis]))
      throw MixesBatch("the batch is repeated");
    Shape shape(x.shape()), apart;
    int64_t outer = 1, inner = 1;
    for (int64_t i = x.isBatched(); i < axis; ++i)
      outer *= shape[i];
    for (int64_t extent : ArrayRef(shape).drop_front(axis))
      inner *= extent;
    if (x.isBatched())
      apart.push_back(ShapedType::kDynamic);
    apart.append({outer, 1, inner});
    Shape repeated(apart);
    repeated[repeated.size() - 2] = repeats[axis];
    shape[axis] *= repeats[axis];
    elementCount(ArrayRef(shape).drop_front(x.isBatched()));
    x = emit.reshape(emit.broadcast(emit.reshape(x, apart), repeated), shape);
  }
  node.out(x);
}

static void buildConcat(Node &node) {
  if (!node.hasAttribute("axis") && node.opset >= 4)
    throw Refusal("there is no axis");
  SmallVector<Tensor> parts;
  for (unsigned i = 0; i < node.inputCount(); ++i)
    parts.push_back(node.in(i));
  if (parts.empty())
    throw Refusal("there is nothing to join");
  node.out(node.emit.concatenate(parts, node.integer("axis", 1)));
}

static constexpr int64_t mostBlock = 1 << 15;

/// Blocks of the channels to blocks of the image.
static void buildDepthToSpace(Node &node) {
  Emitter &emit = node.emit;
  Tensor x = node.in(0);
  int64_t block = node.integer("blocksize", 0);
  std::string mode = node.text("mode", "DCR");
  if (x.rank() != 4 || block < 1 || block > mostBlock ||
      x.shape()[1] % (block * block) || (mode != "DCR" && mode != "CRD"))
    throw Refusal("blocks of " + std::to_string(block) +
                  " do not fit an input of shape " + describe(x.shape()));
  int64_t n = x.shape()[0], c = x.shape()[1] / (block * block),
          h = x.shape()[2], w = x.shape()[3];
  Tensor y = mode == "DCR"
                 ? emit.transpose(emit.reshape(x, {n, block, block, c, h, w}),
                                  {0, 3, 4, 1, 5, 2})
                 : emit.transpose(emit.reshape(x, {n, c, block, block, h, w}),
                                  {0, 1, 4, 2, 5, 3});
  node.out(emit.reshape(y, {n, c, h * block, w * block}));
}

static void buildSpaceToDepth(Node &node) {
  Emitter &emit = node.emit;
  Tensor x = node.in(0);
  int64_t block = node.integer("blocksize", 0);
  if (x.rank() != 4 || block < 1 || block > mostBlock || x.shape()[2] % block ||
      x.shape()[3] % block)
    throw Refusal("blocks of " + std::to_string(block) +
                  " do not fit an input of shape " + describe(x.shape()));
  int64_t n = x.shape()[0], c = x.shape()[1], h = x.shape()[2] / block,
          w = x.shape()[3] / block;
  Tensor y = emit.transpose(emit.reshape(x, {n, c, h, block, w, block}),
                            {0, 3, 5, 1, 2, 4});
  node.out(emit.reshape(y, {n, c * block * block, h, w}));
}

static constexpr Operator rows[] = {
    {"Concat", "axis", buildConcat},
    {"DepthToSpace", "blocksize mode", buildDepthToSpace},
    {"Expand", "", buildExpand},
    {"Flatten", "axis", buildFlatten},
    {"Identity", "", buildIdentity},
    {"Reshape", "allowzero shape", buildReshape},
    {"SpaceToDepth", "blocksize", buildSpaceToDepth},
    {"Squeeze", "axes", buildSqueeze},
    {"Tile", "", buildTile},
    {"Transpose", "perm", buildTranspose},
    {"Unsqueeze", "axes", buildUnsqueeze},
};

llvm::ArrayRef<Operator> lathe::onnx::shapingOperators() { return rows; }
