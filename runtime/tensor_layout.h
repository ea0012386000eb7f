// tensor_layout.h: how the elements of a tensor get from one order into
// another.
//
// As text it is a shape and what is done to it, one after the other: "[...]"
// sees the elements as a tensor of that shape, row-major, and "(...)"
// transposes it.
// "[10,800] [10,32,25] (2,1,0) [800,10]" is the matrix [out, in] of a dense
// layer behind a flattened image, its channels first, as [in, out] with
// channels last. Model tables, checkpoints' readers and exported ONNX graphs
// share this form.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace lathe {

// An ONNX graph that Lathe exports has a layout under this key and the name of
// an initializer, from what the exported model's checkpoints have.
constexpr const char *onnx_layout_key = "lathe.layout/";

class TensorLayout {
public:
  using Extents = std::vector<int64_t>;

  // Of a tensor of this shape, whose elements stay where they are.
  explicit TensorLayout(Extents shape) : from_(shape), to_(std::move(shape)) {}
  // Nothing where the text is not that of a layout.
  static std::optional<TensorLayout> parse(const std::string &text);
  // Layouts that do the same in one transposition have the same text.
  std::string text() const;

  const Extents &from() const { return from_; }
  const Extents &to() const { return to_; }
  // Whether any element changes its place.
  bool moves() const { return !steps_.empty(); }
  bool operator==(const TensorLayout &other) const {
    return text() == other.text();
  }
  bool operator!=(const TensorLayout &other) const { return !(*this == other); }

  // What is done to the result. The shape has as many elements.
  TensorLayout &reshape(Extents shape);
  // Dimension i of the new result is dimension permutation[i] of the old.
  TensorLayout &transpose(const Extents &permutation);
  // `next` continues with the shape that this ends with.
  TensorLayout &append(const TensorLayout &next);
  TensorLayout inverse() const;

  // Elements have `width` bytes; the two places do not overlap.
  void convert(const char *source, char *target, size_t width) const;
  // The same in parts of at most `most_bytes` bytes, but at least one element:
  // `use` is called with each, in order.
  void
  convert_parts(const char *source, size_t width, size_t most_bytes,
                const std::function<void(const char *, size_t)> &use) const;

  // A transposition of the elements seen in these extents.
  struct Step {
    Extents extents, permutation;
  };

private:
  void add(Step step);

  Extents from_, to_;
  std::vector<Step> steps_; // none could be one with the one before
};

} // namespace lathe
