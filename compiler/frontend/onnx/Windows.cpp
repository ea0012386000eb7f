//===- Windows.cpp - Attributes of convolutions and pooling ---------------===//
#include "compiler/frontend/onnx/Windows.h"

using namespace mlir;
using namespace lathe::onnx;

static DenseI64ArrayAttr dilationsOf(OpBuilder &builder,
                                     ArrayRef<int64_t> dilations) {
  bool none = llvm::all_of(dilations, [](int64_t d) { return d == 1; });
  return none ? DenseI64ArrayAttr() : builder.getDenseI64ArrayAttr(dilations);
}

DenseI64ArrayAttr Windows::dilationsAttr(OpBuilder &builder) const {
  return dilationsOf(builder, dilations);
}
DenseI64ArrayAttr Transposition::dilationsAttr(OpBuilder &builder) const {
  return dilationsOf(builder, dilations);
}

/// A list with an entry for each spatial dimension, all `otherwise` where it is
/// not given.
static SmallVector<int64_t> perDimension(const Node &node, StringRef name,
                                         size_t count, int64_t otherwise,
                                         int64_t least) {
  SmallVector<int64_t> list = node.integers(name);
  if (list.empty())
    list.assign(count, otherwise);
  if (list.size() != count)
    throw Refusal("attribute " + name.str() + " needs " +
                  std::to_string(count) + " numbers");
  for (int64_t value : list)
    if (value < least || value > INT32_MAX)
      throw Refusal("attribute " + name.str() + " has the entry " +
                    std::to_string(value));
  return list;
}

namespace {
/// What is the same for both: attributes of one or two dimensions.
struct Common {
  SmallVector<int64_t> size, strides, dilations, pads;
  std::string automatic;

  Common(const Node &node, size_t count, ArrayRef<int64_t> filter) {
    size = filter.empty() ? node.integers("kernel_shape")
                          : SmallVector<int64_t>(filter);
    if (size.size() != count)
      throw Refusal("attribute kernel_shape needs " + std::to_string(count) +
                    " numbers");
    if (!filter.empty() && node.hasAttribute("kernel_shape") &&
        node.integers("kernel_shape") != size)
      throw Refusal("kernel_shape is not the shape of the filter");
    for (int64_t extent : size)
      if (extent < 1 || extent > INT32_MAX)
        throw Refusal("a window has the extent " + std::to_string(extent));
    strides = perDimension(node, "strides", count, 1, 1);
    dilations = perDimension(node, "dilations", count, 1, 1);
    pads = perDimension(node, "pads", 2 * count, 0, INT32_MIN);
    automatic = node.text("auto_pad", "NOTSET");
    if (automatic.empty())
      automatic = "NOTSET";
    static constexpr StringRef modes[] = {"NOTSET", "SAME_UPPER", "SAME_LOWER",
                                          "VALID"};
    if (!llvm::is_contained(modes, automatic))
      throw Refusal("auto_pad is '" + automatic + "'");
  }

  int64_t covered(size_t axis) const {
    return (size[axis] - 1) * dilations[axis] + 1;
  }
};
} // namespace

Windows lathe::onnx::readWindows(const Node &node, ArrayRef<int64_t> image,
                                 ArrayRef<int64_t> filter, bool rounding) {
  size_t count = image.size();
  Common common(node, count, filter);
  bool roundUp = rounding && node.integer("ceil_mode", 0);
  Windows result;
  if (count == 1) { // the row
    result.size = result.strides = result.dilations = result.output = {1};
    result.padding = {0, 0};
    result.rounding = {0};
  }
  for (size_t axis = 0; axis < count; ++axis) {
    int64_t covered = common.covered(axis), stride = common.strides[axis];
    int64_t low = common.pads[axis], high = common.pads[axis + count];
    if (low < 0 || high < 0)
      throw Refusal("negative pads are not supported");
    if (common.automatic != "NOTSET") {
      bool same = common.automatic != "VALID";
      int64_t windows = (image[axis] + stride - 1) / stride;
      int64_t total = std::max<int64_t>(
          same ? (windows - 1) * stride + covered - image[axis] : 0, 0);
      low = common.automatic == "SAME_LOWER" ? total - total / 2 : total / 2;
      high = total - low;
    }
    int64_t space = image[axis] + low + high - covered;
    if (space < 0)
      throw Refusal("a window of " + std::to_string(covered) +
                    " elements is larger than the input of " +
                    std::to_string(image[axis]));
    int64_t windows = space / stride + 1, more = 0;
    // One more window, if it begins inside the input or its padding before.
    if (roundUp && space % stride && windows * stride < image[axis] + low) {
      more = windows * stride - space;
      ++windows;
    }
    result.size.push_back(common.size[axis]);
    result.strides.push_back(stride);
    result.dilations.push_back(common.dilations[axis]);
    result.padding.append({low, high + more});
    result.rounding.push_back(more);
    result.output.push_back(windows);
  }
  return result;
}

Transposition lathe::onnx::readTransposition(const Node &node,
                                             ArrayRef<int64_t> image,
                                             ArrayRef<int64_t> filter) {
  size_t count = image.size();
  Common common(node, count, filter);
  SmallVector<int64_t> more = perDimension(node, "output_padding", count, 0, 0);
  SmallVector<int64_t> wanted = node.integers("output_shape");
  if (wanted.size() > count) // some exporters count batch and channels
    wanted.erase(wanted.begin(), wanted.end() - count);
  if (!wanted.empty() && wanted.size() != count)
    throw Refusal("attribute output_shape needs " + std::to_string(count) +
                  " numbers");
  Transposition result;
  if (count == 1) {
    result.strides = result.dilations = result.output = {1};
    result.padding = result.extra = {0, 0};
  }
  for (size_t axis = 0; axis < count; ++axis) {
    int64_t stride = common.strides[axis];
    int64_t full = (image[axis] - 1) * stride + common.covered(axis);
    int64_t low = common.pads[axis], high = common.pads[axis + count];
    int64_t output = full + more[axis] - low - high;
    bool same = common.automatic.starts_with("SAME");
    if (same || !wanted.empty()) {
      output = wanted.empty() ? image[axis] * stride : wanted[axis];
      int64_t total = full + more[axis] - output;
      low = common.automatic == "SAME_UPPER" ? total / 2 : total - total / 2;
      if (total < 0) // nothing is cut off: it is longer at the end
        low = 0;
    } else if (common.automatic == "VALID") {
      low = 0;
      output = full + more[axis];
    }
    if (output < 1 || output > INT32_MAX)
      throw Refusal("the output would have " + std::to_string(output) +
                    " elements in a dimension");
    // What lies before or behind all windows is zero: padding of the
    // convolution cannot be negative.
    int64_t before = std::max<int64_t>(-low, 0);
    int64_t inside = output - before;
    result.strides.push_back(stride);
    result.dilations.push_back(common.dilations[axis]);
    result.output.push_back(inside);
    int64_t padding = std::max<int64_t>(low, 0);
    result.padding.append(
        {padding, std::max<int64_t>(full - padding - inside, 0)});
    result.extra.append({before, 0});
  }
  return result;
}
