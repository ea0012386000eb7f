//===- ValueRange.cpp - The values of black and white ---------------------===//
#include "compiler/frontend/ValueRange.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace lathe::frontend;

std::optional<Interval> lathe::frontend::valueRangeOf(const Setting &argument) {
  if (argument.numbers.size() != 2 ||
      !(argument.numbers[0] < argument.numbers[1]))
    return std::nullopt;
  return Interval{argument.numbers[0], argument.numbers[1]};
}

/// What Rescaling makes of bytes, if it is for them.
static std::optional<Interval> rescaledBytes(const Setting &rescaling) {
  const Setting *scale = rescaling.find("scale"),
                *offset = rescaling.find("offset");
  if (!scale || !offset || scale->bad || offset->bad)
    return std::nullopt;
  // To [0, 1] or [-1, 1]: what is read before are bytes.
  bool isForBytes = std::fabs(scale->number * 255 - 1) < 1e-3 ||
                    std::fabs(scale->number * 127.5 - 1) < 1e-3;
  if (!isForBytes)
    return std::nullopt;
  return Interval{offset->number, 255 * scale->number + offset->number};
}

/// Whether black and white are to the next layer what they are to this one.
static bool keepsRange(const Setting &layer) {
  if (!layer.row || layer.bad)
    return false;
  llvm::StringRef name = layer.row->name;
  return name == "Resizing" ||
         (layer.row->preparesPictures && name != "PerImageStandardization");
}

static void warnUnless(const Source &source, const Setting &layer,
                       const Interval &values, llvm::StringRef where) {
  const Setting *argument = layer.find("value_range");
  if (!argument || argument->bad || !argument->argument->idle.empty())
    return;
  std::optional<Interval> range = valueRangeOf(*argument);
  if (!range || (std::fabs(range->low - values.low) < 1e-2 &&
                 std::fabs(range->high - values.high) < 1e-2))
    return;
  mlir::emitWarning(
      source.locate(argument->written ? argument->place : layer.place))
      << llvm::formatv("values lie between {0:F} and {1:F} {2}, but the "
                       "value_range of {3} is [{4:F}, {5:F}]",
                       values.low, values.high, where, layer.row->name,
                       range->low, range->high)
             .str();
}

void lathe::frontend::warnOfValueRanges(const Source &source,
                                        const Setting &model) {
  const Setting *layers = model.find("layers");
  if (!layers)
    return;
  auto isRescaling = [](const Setting &layer) {
    return layer.row && layer.row->name == "Rescaling";
  };
  // Up to Rescaling, and then as long as layers prepare pictures.
  auto rescaling = llvm::find_if(layers->members, isRescaling);
  if (rescaling == layers->members.end() ||
      !std::all_of(layers->members.begin(), rescaling, keepsRange))
    return;
  std::optional<Interval> after = rescaledBytes(*rescaling);
  if (!after)
    return;
  if (const Setting *augmentations = model.find("augment"))
    for (const Setting &layer : augmentations->members)
      if (layer.row && !layer.bad)
        warnUnless(source, layer, {0, 255}, "before Rescaling");
  for (auto layer = layers->members.begin(); layer != rescaling; ++layer)
    warnUnless(source, *layer, {0, 255}, "before Rescaling");
  for (auto layer = rescaling + 1;
       layer != layers->members.end() && keepsRange(*layer); ++layer)
    warnUnless(source, *layer, *after, "after Rescaling");
}
