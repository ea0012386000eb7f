//===- Resize.cpp - Resize, Upsample --------------------------------------===//
//
// Axis by axis, as a sum of elements picked from the input with constant
// weights: one for the nearest element, two for lines, four for cubics.
//
//===----------------------------------------------------------------------===//
#include "compiler/frontend/onnx/Operators.h"
#include <cmath>

using namespace mlir;
using namespace lathe::onnx;

namespace {
struct Axis {
  int64_t in, out;
  double scale;
  double length;             ///< of the result, before it is rounded to `out`
  double begin = 0, end = 1; ///< of a crop
};

struct Method {
  std::string mode, coordinates, nearest;
  double cubic = -0.75, extrapolation = 0;
  bool excludeOutside = false;
};

/// Taps of one axis: their places and weights for each element of the result.
struct Taps {
  SmallVector<SmallVector<int64_t>> places;
  SmallVector<SmallVector<double>> weights;
  SmallVector<int64_t> inside; ///< 0 where the extrapolated value stands
};
} // namespace

static double coordinate(const Method &method, const Axis &axis, double i) {
  double in = double(axis.in), out = axis.length;
  StringRef mode = method.coordinates;
  if (mode == "asymmetric")
    return i / axis.scale;
  if (mode == "tf_half_pixel_for_nn")
    return (i + 0.5) / axis.scale;
  if (mode == "pytorch_half_pixel" && out == 1)
    return 0;
  if (mode == "align_corners")
    return out == 1 ? 0 : i * (in - 1) / (out - 1);
  if (mode == "tf_crop_and_resize")
    return out == 1 ? 0.5 * (axis.begin + axis.end) * (in - 1)
                    : axis.begin * (in - 1) +
                          i * (axis.end - axis.begin) * (in - 1) / (out - 1);
  double half = (i + 0.5) / axis.scale - 0.5;
  if (mode == "half_pixel_symmetric")
    return in / 2 * (1 - double(axis.out) / out) + half;
  return half;
}

/// Scales are of float32, and so are places: 3 / 0.6f is 5. "simple" is how
/// Resize rounds before opset 11, which has no nearest_mode.
static int64_t nearestPlace(StringRef mode, float x, double scale) {
  if (mode == "simple")
    mode = scale < 1 ? "ceil" : "floor";
  if (mode == "floor")
    return int64_t(std::floor(x));
  if (mode == "ceil")
    return int64_t(std::ceil(x));
  return int64_t(mode == "round_prefer_ceil" ? std::floor(x + 0.5f)
                                             : std::ceil(x - 0.5f));
}

/// Keys, 1981: the weights of four neighbours, the second of which is at
/// distance `t`.
static SmallVector<double> cubicWeights(double a, double t) {
  auto near = [&](double d) { return ((a + 2) * d - (a + 3)) * d * d + 1; };
  auto far = [&](double d) {
    return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  };
  return {far(1 + t), near(t), near(1 - t), far(2 - t)};
}

static Taps tapsOf(const Method &method, const Axis &axis) {
  Taps taps;
  size_t count = method.mode == "nearest" ? 1 : method.mode == "linear" ? 2 : 4;
  taps.places.resize(count);
  taps.weights.resize(count);
  for (int64_t i = 0; i < axis.out; ++i) {
    double x = coordinate(method, axis, double(i));
    taps.inside.push_back(method.coordinates != "tf_crop_and_resize" ||
                          (x >= 0 && x <= double(axis.in - 1)));
    int64_t first = 0;
    SmallVector<double> weights{1};
    if (method.mode == "nearest") {
      first = nearestPlace(method.nearest, float(x), axis.scale);
    } else {
      first = int64_t(std::floor(x));
      double t = x - double(first);
      if (method.mode == "linear") {
        weights = {1 - t, t};
      } else {
        weights = cubicWeights(method.cubic, t);
        --first;
      }
    }
    double sum = 0;
    for (size_t k = 0; k < count; ++k) {
      int64_t place = first + int64_t(k);
      if (method.excludeOutside && (place < 0 || place >= axis.in))
        weights[k] = 0;
      sum += weights[k];
      taps.places[k].push_back(std::clamp<int64_t>(place, 0, axis.in - 1));
    }
    for (size_t k = 0; k < count; ++k)
      taps.weights[k].push_back(
          method.excludeOutside && sum != 0 ? weights[k] / sum : weights[k]);
  }
  return taps;
}

static Tensor resizeAxis(Emitter &emit, const Tensor &x, int64_t number,
                         const Method &method, const Axis &axis) {
  Taps taps = tapsOf(method, axis);
  Shape shape(x.rank(), 1);
  shape[number] = axis.out;
  Tensor result;
  for (auto [places, weights] : llvm::zip_equal(taps.places, taps.weights)) {
    Tensor part = emit.gather(x, number, places);
    if (method.mode != "nearest")
      part = emit.multiply(part, emit.floats(shape, weights));
    result = result ? emit.add(result, part) : part;
  }
  if (!llvm::is_contained(taps.inside, 0))
    return result;
  Tensor inside =
      emit.cast(emit.reshape(emit.vector(taps.inside), shape), emit.truth());
  return emit.select(inside, result, emit.scalar(method.extrapolation));
}

static void resize(Node &node, const Method &method, ArrayRef<int64_t> axes,
                   ArrayRef<Axis> list) {
  Tensor x = node.in(0);
  if (!x.isFloat() && method.mode != "nearest")
    throw Refusal("only floats are interpolated");
  for (auto [number, axis] : llvm::zip_equal(axes, list)) {
    if (axis.out < 1)
      throw Refusal("a dimension of the result has " +
                    std::to_string(axis.out) + " elements");
    elementCount({axis.out, 64}); // a list of taps
    bool same = axis.in == axis.out && axis.scale == 1 &&
                method.coordinates != "tf_crop_and_resize";
    if (!same)
      x = resizeAxis(node.emit, x, number, method, axis);
  }
  node.out(x);
}

/// The axes, or all of them. The batch is not resized.
static SmallVector<int64_t> axesOf(Node &node) {
  SmallVector<int64_t> axes = node.integers("axes");
  if (axes.empty())
    for (int64_t axis = 0; axis < node.in(0).rank(); ++axis)
      axes.push_back(axis);
  for (int64_t &axis : axes)
    axis = Emitter::normalizeAxis(axis, node.in(0).rank());
  return axes;
}

static SmallVector<Axis> byScales(Node &node, ArrayRef<int64_t> axes,
                                  ArrayRef<double> scales) {
  if (scales.size() != axes.size())
    throw Refusal("scales needs " + std::to_string(axes.size()) + " numbers");
  SmallVector<Axis> list;
  for (auto [axis, scale] : llvm::zip_equal(axes, scales)) {
    int64_t in = node.in(0).shape()[axis];
    if (!(scale > 0) || scale > 1e6)
      throw Refusal("a scale is " + std::to_string(scale));
    if (ShapedType::isDynamic(in)) {
      if (scale != 1)
        throw MixesBatch("the batch is resized");
      list.push_back({1, 1, 1, 1});
      continue;
    }
    double length = double(in) * scale;
    list.push_back({in, int64_t(std::floor(length)), scale, length});
  }
  return list;
}

static SmallVector<Axis> bySizes(Node &node, ArrayRef<int64_t> axes,
                                 ArrayRef<int64_t> sizes) {
  if (sizes.size() != axes.size())
    throw Refusal("sizes needs " + std::to_string(axes.size()) + " numbers");
  std::string policy = node.text("keep_aspect_ratio_policy", "stretch");
  if (policy != "stretch" && policy != "not_larger" && policy != "not_smaller")
    throw Refusal("keep_aspect_ratio_policy is '" + policy + "'");
  SmallVector<Axis> list;
  std::optional<double> common;
  for (auto [axis, size] : llvm::zip_equal(axes, sizes)) {
    int64_t in = node.in(0).shape()[axis];
    if (ShapedType::isDynamic(in)) {
      if (size != batchMarker && size != node.emit.graphBatch)
        throw MixesBatch("the batch is resized");
      list.push_back({1, 1, 1, 1});
      continue;
    }
    double scale = double(size) / double(in);
    if (policy != "stretch")
      common = !common                  ? scale
               : policy == "not_larger" ? std::min(*common, scale)
                                        : std::max(*common, scale);
    list.push_back({in, size, scale, double(size)});
  }
  for (Axis &axis : list)
    if (common) {
      axis.scale = *common;
      axis.length = *common * double(axis.in);
      axis.out = int64_t(std::floor(axis.length + 0.5));
    }
  return list;
}

static void buildResize(Node &node) {
  if (node.in(0).isEmpty())
    throw Refusal("there is nothing to resize");
  Method method;
  method.mode = node.text("mode", "nearest");
  bool old = node.opset < 11;
  method.coordinates = node.text("coordinate_transformation_mode",
                                 old ? "asymmetric" : "half_pixel");
  method.nearest = node.text("nearest_mode", "round_prefer_floor");
  static constexpr StringRef roundings[] = {
      "round_prefer_floor", "round_prefer_ceil", "floor", "ceil"};
  if (!llvm::is_contained(roundings, method.nearest))
    throw Refusal("nearest_mode is '" + method.nearest + "'");
  if (old)
    method.nearest = "simple";
  method.cubic = node.number("cubic_coeff_a", -0.75);
  method.extrapolation = node.number("extrapolation_value", 0);
  method.excludeOutside = node.integer("exclude_outside", 0);
  if (node.integer("antialias", 0))
    throw Refusal("antialias is not supported");
  static constexpr StringRef modes[] = {"nearest", "linear", "cubic"};
  if (!llvm::is_contained(modes, method.mode))
    throw Refusal("mode is '" + method.mode + "'");
  static constexpr StringRef coordinates[] = {
      "half_pixel",        "half_pixel_symmetric", "pytorch_half_pixel",
      "align_corners",     "asymmetric",           "tf_half_pixel_for_nn",
      "tf_crop_and_resize"};
  if (!llvm::is_contained(coordinates, method.coordinates))
    throw Refusal("coordinate_transformation_mode is '" + method.coordinates +
                  "'");
  SmallVector<int64_t> axes = axesOf(node);
  unsigned scales = old ? 1 : 2;
  SmallVector<Axis> list;
  if (node.has(scales) && !node.in(scales).isEmpty())
    list = byScales(node, axes, node.knownNumbers(scales));
  else if (node.has(3))
    list = bySizes(node, axes, node.knownIntegers(3));
  else
    throw Refusal("there are neither scales nor sizes");
  if (method.coordinates == "tf_crop_and_resize") {
    SmallVector<double> roi = node.knownNumbers(1);
    if (roi.size() != 2 * list.size())
      throw Refusal("roi needs two numbers for each axis");
    for (auto [i, axis] : llvm::enumerate(list)) {
      axis.begin = roi[i];
      axis.end = roi[i + list.size()];
    }
  }
  resize(node, method, axes, list);
}

static void buildUpsample(Node &node) {
  if (node.in(0).isEmpty())
    throw Refusal("there is nothing to resize");
  Method method;
  method.mode = node.text("mode", "nearest");
  method.coordinates = "asymmetric";
  method.nearest = "simple";
  if (method.mode == "bilinear")
    method.mode = "linear";
  if (method.mode != "nearest" && method.mode != "linear")
    throw Refusal("mode is '" + method.mode + "'");
  SmallVector<double> scales = node.hasAttribute("scales")
                                   ? node.floats("scales")
                                   : node.knownNumbers(1);
  SmallVector<int64_t> axes = axesOf(node);
  resize(node, method, axes, byScales(node, axes, scales));
}

static constexpr Operator rows[] = {
    {"Resize",
     "antialias axes coordinate_transformation_mode cubic_coeff_a "
     "exclude_outside extrapolation_value keep_aspect_ratio_policy mode "
     "nearest_mode",
     buildResize},
    {"Upsample", "mode scales", buildUpsample},
};

llvm::ArrayRef<Operator> lathe::onnx::resizeOperators() { return rows; }
