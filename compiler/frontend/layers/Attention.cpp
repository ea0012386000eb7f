//===- Attention.cpp - Building blocks of transformers --------------------===//
#include "compiler/frontend/layers/Layers.h"
#include <cmath>

using namespace lathe;
using namespace lathe::frontend;
using mlir::Value;

/// [t, c] ⇒ [heads, t, width]: a product per head.
static Value project(LayerBuilder &layer, Value input, llvm::StringRef name,
                     int64_t heads, int64_t width) {
  Value kernel = layer.parameter((name + "/kernel").str(),
                                 {unknown, heads * width}, "kernel");
  if (!kernel)
    return {};
  Value result = layer.addBias(layer.create<nn::DenseOp>(input, kernel),
                               (name + "/bias").str(), heads * width);
  if (!result)
    return {};
  return layer.create<nn::TransposeOp>(
      layer.reshape(result, {-1, heads, width}),
      layer.getBuilder().getDenseI64ArrayAttr({0, 2, 1, 3}));
}

/// softmax(q·kᵀ/sqrt(d))·v for each head (Vaswani et al., 2017), and a product
/// with all heads side by side.
static Value buildMultiHeadAttention(LayerBuilder &layer) {
  mlir::OpBuilder &builder = layer.getBuilder();
  int64_t heads = layer.argument("num_heads").integer;
  int64_t width = layer.argument("key_dim").integer;
  const Setting &valueDim = layer.argument("value_dim");
  int64_t valueWidth = valueDim.written ? valueDim.integer : width;
  if (heads * std::max(width, valueWidth) > int64_t(extentRange.most))
    return layer.error(layer.argument("key_dim"),
                       "num_heads * key_dim is too large");

  llvm::ArrayRef<Value> inputs = layer.getInputs();
  Value query = project(layer, inputs.front(), "query", heads, width);
  Value key = project(layer, inputs.back(), "key", heads, width);
  Value value =
      project(layer, inputs[inputs.size() > 1], "value", heads, valueWidth);
  if (!query || !key || !value)
    return {};

  query = layer.scale(query, 1 / std::sqrt(static_cast<double>(width)));
  Value scores = layer.create<nn::MatmulOp>(
      query, key, builder.getBoolAttr(false), builder.getBoolAttr(true));
  if (const Setting &image = layer.argument("relative_bias"); image.written) {
    Initializer zeros{"zeros", {}};
    Value table = layer.read(layer.declare(
        "relative_bias",
        mlir::RankedTensorType::get({unknown, heads}, builder.getF32Type()),
        zeros));
    scores = layer.create<nn::AddOp>(
        scores, layer.create<nn::RelativeBiasOp>(
                    table, builder.getDenseI64ArrayAttr(image.extents)));
  }
  scores = layer.activate(scores, "softmax");
  double rate = layer.argument("dropout").number;
  if (rate)
    scores = layer.dropout(scores, rate);
  Value mixed = layer.create<nn::MatmulOp>(
      scores, value, builder.getBoolAttr(false), builder.getBoolAttr(false));
  Value together =
      layer.reshape(layer.create<nn::TransposeOp>(
                        mixed, builder.getDenseI64ArrayAttr({0, 2, 1, 3})),
                    {-1, heads * valueWidth});
  const Setting &outputShape = layer.argument("output_shape");
  int64_t units = outputShape.written ? outputShape.integer : unknown;
  Value kernel = layer.parameter("attention_output/kernel",
                                 {heads * valueWidth, units}, "kernel");
  if (!kernel)
    return {};
  Value result =
      outputShape.written
          ? layer.create<nn::DenseOp>(together, kernel)
          : layer.create<nn::DenseLikeOp>(together, kernel, inputs.front());
  return layer.addBias(result, "attention_output/bias", units);
}

static Value buildPositionEmbedding(LayerBuilder &layer) {
  Value embeddings = layer.parameter("embeddings", {unknown, unknown});
  return embeddings ? layer.create<nn::AddOp>(layer.getInput(), embeddings)
                    : embeddings;
}

static Value buildClassToken(LayerBuilder &layer) {
  Value token = layer.parameter("token", {1, unknown});
  return token ? layer.create<nn::PrependOp>(layer.getInput(), token) : token;
}

static constexpr Argument attentionArguments[] = {
    {.name = "num_heads",
     .kind = Kind::Integer,
     .fallback = required,
     .doc = "number of heads",
     .range = windowRange},
    {.name = "key_dim",
     .kind = Kind::Integer,
     .fallback = required,
     .doc = "channels of a head's query and key",
     .range = extentRange},
    {.name = "value_dim",
     .kind = Kind::Integer,
     .fallback = none,
     .doc = "channels of a head's value; by default key_dim",
     .range = extentRange},
    {.name = "dropout",
     .kind = Kind::Number,
     .fallback = "0",
     .doc = "share of the attention scores to drop",
     .range = {.least = 0, .most = 1, .openMost = true}},
    {.name = "use_bias",
     .kind = Kind::Flag,
     .fallback = "true",
     .doc = "add a bias after each of the four products"},
    {.name = "output_shape",
     .kind = Kind::Integer,
     .fallback = none,
     .doc = "channels of the result; by default those of the query",
     .range = extentRange,
     .byName = true},
    {.name = "relative_bias",
     .kind = Kind::Pair,
     .fallback = none,
     .doc = "height and width of the image whose positions the sequence holds: "
            "adds a learned number per head and relative position to the "
            "scores (Dai et al., 2021)",
     .range = windowRange},
    kernelInitializer,
    biasInitializer,
    kernelRegularizer,
    biasRegularizer,
};

static constexpr Argument positionArguments[] = {
    initializerArgument("embeddings_initializer", "glorot_uniform",
                        "first values of the embeddings"),
};

static constexpr Argument tokenArguments[] = {
    initializerArgument("token_initializer", "zeros",
                        "first values of the row"),
};

static constexpr Row rows[] = {
    {"MultiHeadAttention", "multi_head_attention",
     "attention of a sequence to itself, or to the inputs [query, value, key]",
     "MultiHeadAttention: {num_heads: 2, key_dim: 8}", attentionArguments,
     buildMultiHeadAttention, 1, 3},
    {"PositionEmbedding", "position_embedding",
     "adds a learned row to each row of a sequence", "PositionEmbedding",
     positionArguments, buildPositionEmbedding},
    {"ClassToken", "class_token", "a learned row before a sequence",
     "ClassToken", tokenArguments, buildClassToken},
};

llvm::ArrayRef<Row> lathe::frontend::attentionLayers() { return rows; }
