//===- SpecialPictures.cpp - What prepares and augments pictures ---------===//

#include "compiler/kernels/FunctionNames.h"
#include "test/kernels/SpecialForms.h"

namespace lathe::kernels::special {

namespace {
/// Augmentation, with numbers that are drawn for each image.
SpecialKernel drawing(const std::string &op, Attributes attributes,
                      std::vector<double> drawn) {
  TensorType colors = f32({n, 3, 4, 3}),
             draws = f32({n, static_cast<int64_t>(drawn.size())});
  attributes["at"] = int64_t{0};
  SpecialKernel kernel = single(op, {colors, draws}, {colors}, attributes);
  kernel.drawn = std::move(drawn);
  return with(kernel, SpecialKernel::OfAll);
}

Kernels adjustments() {
  Kernels all;
  for (const std::string &name : knownFunctions("adjust")) {
    bool isNoise = name == "gaussian_noise" || name == "salt_and_pepper";
    double first = name == "posterize" ? 3 : isNoise ? 12 : 0.75;
    all.push_back(drawing("adjust",
                          {{"function", name}, {"low", -2.0}, {"high", 2.0}},
                          {first, 2, isNoise ? 0.4 : 0, 3, 0.5}));
  }
  for (double operation : {1, 2, 3, 4, 5, 6, 9})
    all.push_back(drawing(
        "adjust", {{"function", "enhance"}, {"low", -2.0}, {"high", 2.0}},
        {operation, 2, 0, 3, 0.5}));
  return all;
}

Kernels warps() {
  Kernels all;
  for (const char *mode : {"constant", "reflect"})
    for (const char *interpolation : {"nearest", "bilinear", "bicubic"})
      all.push_back(drawing(
          "warp", {{"fill_mode", mode}, {"interpolation", interpolation}},
          {0.9, 0.2, 0.33, -0.2, 0.9, 0.41, 0, 0}));
  return all;
}

Attributes tonesOf(const char *method, int64_t columns) {
  return {{"method", method},
          {"tiles", list({1, columns})},
          {"clip_limit", 0.0},
          {"low", -2.0},
          {"high", 2.0}};
}
Kernels toneCurves() {
  Kernels all;
  TensorType colors = f32({n, 3, 4, 3});
  for (const char *method : {"clahe", "clahe_keras"})
    all.push_back(single("tone_curves", {colors}, {f32({n, 2, 3, 16})},
                         tonesOf(method, 2)));
  all.push_back(single("tone_curves", {colors}, {f32({n, 1, 3, 16})},
                       tonesOf("equalize", 1)));
  return all;
}
Kernels curvedImages() {
  TensorType colors = f32({n, 3, 4, 3});
  // A tile's weight may be zero.
  return {with(single("apply_curves", {colors, f32({n, 2, 3, 16})}, {colors},
                      tonesOf("clahe_keras", 2)),
               SpecialKernel::OfAll),
          single("apply_curves", {colors, f32({n, 1, 3, 16})}, {colors},
                 tonesOf("equalize", 1))};
}

Kernels blurs() {
  Kernels all;
  for (const char *fill : {"constant", "reflect"})
    all.push_back(drawing("blur",
                          {{"fill_mode", fill}, {"radii", list({1, 2})}},
                          {0.5, 0.25, 0.5, 0.2, 0.05}));
  return all;
}
Kernels blends() {
  TensorType colors = f32({n, 3, 4, 3});
  SpecialKernel kernel = single("blend", {colors, f32({n, 2}), colors},
                                {colors}, {{"at", int64_t{0}}});
  kernel.drawn = {0.25, 0.75};
  return {with(kernel, SpecialKernel::OfInfinity)};
}
/// It reads nothing but what is drawn.
Kernels noises() {
  SpecialKernel kernel =
      single("noise", {f32({n, 3})}, {f32({n, 3, 4, 2})}, {{"at", int64_t{0}}});
  kernel.drawn = {12, 2, 0.4};
  kernel.drawnInput = 0;
  return {kernel};
}
} // namespace

std::vector<Row> pictureRows() {
  return {
      {"adjust", adjustments},
      {"apply_curves", curvedImages},
      {"blend", blends},
      {"blur", blurs},
      {"mix",
       [] {
         SpecialKernel kernel = drawing("mix", {}, {0, 0.75, 1, 2, 1, 2});
         kernel.spec.nodes[0].attributes.clear();
         return Kernels{kernel};
       }},
      {"noise", noises},
      {"tone_curves", toneCurves},
      {"warp", warps},
  };
}

} // namespace lathe::kernels::special
