//===- Augment.h - The augmentation of training images ----------*- C++ -*-===//
//
// `augment:` becomes the function @augment, which changes one image after the
// other, and the list of what is drawn for each of them (nn.draw).
//
//===----------------------------------------------------------------------===//
#ifndef LATHE_COMPILER_FRONTEND_AUGMENT_AUGMENT_H
#define LATHE_COMPILER_FRONTEND_AUGMENT_AUGMENT_H

#include "compiler/frontend/Check.h"
#include "compiler/frontend/RecipeTables.h"
#include "compiler/frontend/ValueRange.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/IR/Builders.h"

namespace lathe::frontend {

/// Builds the operations of one layer after the other into @augment.
class AugmentBuilder {
public:
  AugmentBuilder(const Source &source, mlir::OpBuilder &builder,
                 mlir::OpBuilder &draws, mlir::Value images,
                 mlir::Value numbers, int64_t epochs);

  /// Mistakes are reported.
  void build(const Setting &layer);

  mlir::Value getImages() const { return images; }
  /// For layers that change the same images in several ways.
  void setImages(mlir::Value other) { images = other; }
  /// How many numbers an image gets.
  int64_t countNumbers() const { return count; }

  // For the rows' builders:

  const Setting &argument(llvm::StringRef name) const { return (*layer)[name]; }
  bool isWritten(llvm::StringRef name) const { return argument(name).written; }
  double number(llvm::StringRef name) const { return argument(name).number; }
  /// What an argument of the kind Interval says; [low(x), x] for one number x.
  Interval interval(llvm::StringRef name, double (*low)(double)) const;
  /// Of what is seen of the pictures: a part, behind RandomCrop.
  int64_t height() const { return window ? window->height : extent(1); }
  int64_t width() const { return window ? window->width : extent(2); }
  int64_t channels() const { return extent(3); }
  /// Where it is.
  int64_t top() const { return window ? window->top : 0; }
  int64_t left() const { return window ? window->left : 0; }
  bool isCropped() const { return window.has_value(); }
  /// Of the whole training; 0 where the model does not say.
  int64_t epochs() const { return allEpochs; }
  /// [low, high] of `value_range`.
  Interval valueRange() const;

  /// Draws `count` numbers for each image, of a kind that
  /// runtime/embedded/draw.c knows; returns the first one's column.
  int64_t draw(llvm::StringRef kind, int64_t count,
               llvm::ArrayRef<double> arguments);
  /// Moves pixels by a transform that is drawn. Fill mode and interpolation are
  /// the layer's arguments.
  void warp(llvm::StringRef kind, llvm::ArrayRef<double> arguments,
            bool projective = false);
  void warp(llvm::StringRef kind, llvm::ArrayRef<double> arguments,
            llvm::StringRef fillMode, llvm::StringRef interpolation,
            double fillValue, bool projective = false);
  /// Moves them by numbers that were drawn already, from a column on.
  void warpBy(int64_t at, llvm::StringRef fillMode,
              llvm::StringRef interpolation, double fillValue,
              bool projective = false, mlir::Value field = {});
  /// Moves each pixel by itself, by what the kind "elastic" draws.
  void displace(int64_t at, int64_t radius);
  /// Shows a part of the pictures only, which is drawn and moved to the middle.
  void crop(int64_t height, int64_t width);
  /// Adds other images, weighed as two numbers that were drawn say.
  void blend(mlir::Value other, int64_t at);
  /// Blurs with weights that were drawn; `radii`: in rows and in columns.
  void blur(int64_t at, llvm::ArrayRef<int64_t> radii);
  /// Changes colours by a function of nn.adjust.
  void adjust(llvm::StringRef function, int64_t at, Interval range);

  /// Mixes the batch's images by what is drawn of this kind, after all else.
  void mix(llvm::StringRef kind, llvm::ArrayRef<double> arguments);
  /// Builds a layer that mixes and that is an argument of this one. Of all that
  /// mixes, each batch gets one by their weights.
  void buildInside(const Setting &layer, double weight);
  bool mixes() const { return isMixing; }

  /// Says what an argument means that is probably not meant.
  void warn(llvm::StringRef argument, const llvm::Twine &message);
  /// Reports a mistake at an argument.
  void error(llvm::StringRef argument, const llvm::Twine &message);

private:
  struct Window {
    int64_t top, left, height, width;
  };
  int64_t extent(unsigned dimension) const;
  void drawAt(llvm::StringRef kind, int64_t at,
              llvm::ArrayRef<double> arguments);
  void wrongColours(const llvm::Twine &wanted);

  const Source &source;
  mlir::OpBuilder &builder, &draws;
  mlir::Value images, numbers;
  int64_t allEpochs, count = 0, stream = 0;
  double mixWeight = 1;
  std::optional<Window> window;
  const Setting *layer = nullptr;
  bool failed = false, isMixing = false;
};

/// The layers of augmentation, by their kind.
llvm::ArrayRef<Row> geometricAugmentations();
llvm::ArrayRef<Row> colorAugmentations();
llvm::ArrayRef<Row> noiseAugmentations();
llvm::ArrayRef<Row> policyAugmentations();
llvm::ArrayRef<Row> mixingAugmentations();
llvm::ArrayRef<Row> keptAugmentations();

/// Adds @augment to the module, where the model has it. Mistakes are reported.
void buildAugmentation(const Source &source, const Setting &model,
                       llvm::ArrayRef<int64_t> inputShape,
                       mlir::OpBuilder &builder);

// Arguments of several layers.
inline constexpr Choice interpolations[] = {
    {"bilinear", "of the four pixels around"},
    {"nearest", "the next pixel"},
    {"bicubic", "of the sixteen pixels around"},
};
inline double opposite(double x) { return -x; }
inline double zero(double) { return 0; }

constexpr Argument factorArgument(llvm::StringLiteral doc,
                                  llvm::StringLiteral name = "factor",
                                  llvm::StringLiteral fallback = required,
                                  Range range = {}) {
  return {.name = name,
          .kind = Kind::Interval,
          .fallback = fallback,
          .doc = doc,
          .range = range};
}
/// Of layers that make no values which are not in a picture already.
inline constexpr Argument idleValueRangeArgument{
    .name = "value_range",
    .kind = Kind::Interval,
    .fallback = "[0, 255]",
    .doc = "has no effect",
    .idle = "values stay within the picture's own range; remove it"};
inline constexpr Argument valueRange = valueRangeArgument(
    "the values of black and white, as the model reads pictures");

} // namespace lathe::frontend

#endif // LATHE_COMPILER_FRONTEND_AUGMENT_AUGMENT_H
