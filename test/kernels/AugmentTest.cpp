//===- AugmentTest.cpp - warp and adjust ---------------------------------===//

#include "compiler/kernels/FunctionNames.h"
#include "test/kernels/Check.h"
#include "test/kernels/TypicalKernels.h"

#include <cmath>
#include <map>
#include <set>

using namespace lathe::kernels;

namespace {
struct Size {
  int64_t height, width, channels;
};

KernelSpec warp(Size size, const Attributes &attributes, int64_t columns = 8) {
  TensorType image =
      f32({dynamicBatch, size.height, size.width, size.channels});
  SpecBuilder b("warp");
  int x = b.input(image), draws = b.input(f32({dynamicBatch, columns}));
  return b.finish({b.op("warp", {x, draws}, {image}, attributes)});
}

KernelSpec adjust(Size size, const std::string &function, int64_t columns = 5,
                  int64_t at = 0) {
  TensorType image =
      f32({dynamicBatch, size.height, size.width, size.channels});
  SpecBuilder b("adjust");
  int x = b.input(image), draws = b.input(f32({dynamicBatch, columns}));
  return b.finish({b.op(
      "adjust", {x, draws}, {image},
      {{"at", at}, {"function", function}, {"high", 1.5}, {"low", -1.0}})});
}

/// The kernel with these numbers drawn for its images, against the reference.
void checkDrawn(const KernelSpec &spec, const std::vector<double> &draws,
                double tolerance = 1e-4) {
  auto images = static_cast<int64_t>(draws.size()) / spec.inputs[1].shape[1];
  checkGiven(spec, images, {{1, draws}}, tolerance);
}

Attributes fill(const std::string &mode, const std::string &interpolation) {
  return {{"at", int64_t{0}},
          {"fill_mode", mode},
          {"fill_value", 0.25},
          {"interpolation", interpolation}};
}

// Two images: turned, and far beyond the border in all directions.
const std::vector<double> transforms = {
    0.94,   -0.33,  2.31,   0.33,   0.94,   -1.27,   0, 0, //
    -2.317, 0.4117, 19.341, 0.7093, 3.1013, -22.457, 0, 0};

TEST(Warp, EveryFillModeAndInterpolation) {
  for (const char *mode : {"constant", "nearest", "reflect", "wrap"})
    for (const char *interpolation : {"nearest", "bilinear", "bicubic"})
      for (Size size : {Size{9, 21, 3}, {7, 5, 1}, {3, 4, 19}, {1, 2, 4}}) {
        SCOPED_TRACE(std::string(mode) + " " + interpolation);
        checkDrawn(warp(size, fill(mode, interpolation)), transforms);
      }
}

// Displaced first, then turned.
TEST(Warp, ByAField) {
  for (const char *interpolation : {"nearest", "bilinear"})
    for (Size size : {Size{9, 21, 3}, {7, 5, 1}}) {
      TensorType image =
          f32({dynamicBatch, size.height, size.width, size.channels});
      SpecBuilder b("warp");
      int x = b.input(image), draws = b.input(f32({dynamicBatch, 8})),
          field = b.input(f32({dynamicBatch, size.height, size.width, 2}));
      checkDrawn(b.finish({b.op("warp", {x, draws, field}, {image},
                                fill("reflect", interpolation))}),
                 transforms);
    }
}

TEST(Warp, Projective) {
  Attributes attributes = fill("constant", "bilinear");
  attributes["projective"] = int64_t{1};
  attributes["at"] = int64_t{2};
  checkDrawn(warp({12, 13, 3}, attributes, 10),
             {0, 0, 0.9, 0.1, 0.4, -0.05, 1.1, 0.3, 0.011, -0.013,
              0, 0, 1.0, 0.0, 0.0, 0.0,   1.0, 0.0, 0.02,  0.03});
}

TEST(Warp, TheIdentityIsExactForFinitePixels) {
  KernelSpec spec = warp({8, 9, 3}, fill("reflect", "bilinear"));
  std::string error;
  auto kernel =
      JitKernel::compile(spec, defaultSchedule(spec, hostIsa()), error);
  ASSERT_TRUE(kernel) << error;
  Call call(spec, 1, 3);
  call.set(1, {1, 0, 0, 0, 1, 0, 0, 0});
  kernel->run(call.pointers(), 1);
  EXPECT_EQ(call.result(0).data, call.inputs[0].data);
  // Mirrored: pixel by pixel, too.
  call.set(1, {-1, 0, 8, 0, 1, 0, 0, 0});
  kernel->run(call.pointers(), 1);
  Tensor mirrored = call.result(0);
  for (int64_t y = 0; y < 8; ++y)
    for (int64_t x = 0; x < 9; ++x)
      for (int64_t c = 0; c < 3; ++c)
        ASSERT_EQ(mirrored.at({0, y, x, c}),
                  call.inputs[0].at({0, y, 8 - x, c}));
}

// What the pass compose-warps builds on. A picture whose values are linear is
// resampled exactly, so that once is as good as twice wherever no border is
// seen.
TEST(Warp, OneByBothTransformsIsOneAfterTheOtherInsideTheBorder) {
  constexpr int64_t size = 24;
  KernelSpec spec = warp({size, size, 3}, fill("reflect", "bilinear"));
  std::string error;
  auto kernel =
      JitKernel::compile(spec, defaultSchedule(spec, hostIsa()), error);
  ASSERT_TRUE(kernel) << error;
  std::vector<double> picture;
  for (int y = 0; y < size; ++y)
    for (int x = 0; x < size; ++x)
      for (int c = 0; c < 3; ++c)
        picture.push_back(3 * x - 2 * y + 10 * c);
  auto warped = [&](const std::vector<double> &image,
                    const std::vector<double> &transform) {
    Call call(spec, 1, 3);
    call.set(0, image);
    call.set(1, transform);
    kernel->run(call.pointers(), 1);
    return call.result(0);
  };
  // Turned about the middle, then enlarged: what the second one reads, the
  // first one reads elsewhere.
  const double c = std::cos(0.2), s = std::sin(0.2), middle = 11.5;
  std::vector<double> turn = {
      c, -s, middle * (1 - c + s), s, c, middle * (1 - s - c), 0, 0};
  std::vector<double> zoom = {0.8, 0, 0.2 * middle, 0, 0.8, 0.2 * middle, 0, 0};
  std::vector<double> both;
  for (int row = 0; row < 2; ++row) {
    const double *m = &turn[static_cast<size_t>(3 * row)];
    both.insert(both.end(), {m[0] * zoom[0] + m[1] * zoom[3],
                             m[0] * zoom[1] + m[1] * zoom[4],
                             m[0] * zoom[2] + m[1] * zoom[5] + m[2]});
  }
  both.insert(both.end(), {0, 0});
  Tensor once = warped(picture, both),
         twice = warped(warped(picture, turn).data, zoom);
  int compared = 0;
  for (int64_t y = 6; y < size - 6; ++y)
    for (int64_t x = 6; x < size - 6; ++x)
      for (int64_t k = 0; k < 3; ++k, ++compared)
        ASSERT_NEAR(once.at({0, y, x, k}), twice.at({0, y, x, k}), 1e-3);
  EXPECT_EQ(compared, 12 * 12 * 3);
}

TEST(Warp, PlacesThatAreNoNumbersStayInsideTheImage) {
  for (const char *mode : {"constant", "nearest", "reflect", "wrap"}) {
    KernelSpec spec = warp({5, 6, 3}, fill(mode, "bilinear"));
    std::string error;
    auto kernel =
        JitKernel::compile(spec, defaultSchedule(spec, hostIsa()), error);
    ASSERT_TRUE(kernel) << error;
    Call call(spec, 3, 3);
    call.set(1, {NAN, 0,    0, 0,     1, 0,        0, 0, //
                 1,   1e30, 0, -1e30, 1, 0,        0, 0, //
                 1,   0,    0, 0,     1, INFINITY, 0, 0});
    kernel->run(call.pointers(), 3); // crashes where it reads elsewhere
    call.result(0);
  }
}

TEST(Adjust, EveryFunctionAgainstTheReference) {
  const std::map<std::string, std::vector<double>> draws = {
      {"brightness", {-0.4, 0, 0.7}}, {"contrast", {0.3, 1, 1.8}},
      {"grayscale", {0, 0.5, 1}},     {"hue", {-0.4, 0, 0.27}},
      {"invert", {0, 1, 0}},          {"posterize", {1, 3, 8}},
      {"saturation", {0, 0.6, 1.9}},  {"scale", {0, 0.7, 1.4}},
      {"sharpness", {0, 1, 2.2}},     {"shift", {-0.8, 0, 0.5}},
      {"solarize", {0, 0.6, 1.1}}};
  // With tests of their own.
  const std::set<std::string> others = {"channel_shift", "enhance", "erase",
                                        "gaussian_noise", "salt_and_pepper"};
  for (const std::string &function : adjustmentNames())
    for (Size size : {Size{7, 21, 3}, {5, 4, 3}, {6, 9, 1}, {4, 5, 20}}) {
      bool mixes = function == "grayscale" || function == "hue" ||
                   function == "saturation";
      if (others.count(function) || (mixes && size.channels != 3))
        continue;
      SCOPED_TRACE(function);
      ASSERT_TRUE(draws.count(function)) << "a function without a test";
      checkDrawn(adjust(size, function, 1), draws.at(function));
    }
  checkDrawn(adjust({7, 21, 3}, "erase", 6, 1), {0, 2, 5, 3, 19, 0.5, //
                                                 0, 0, 7, 0, 21, -1,  //
                                                 0, 3, 3, 3, 19, 0.5});
}

// Large enough that levels have to be made equally frequent.
TEST(Adjust, EveryEnhancementAgainstTheReference) {
  for (Size size : {Size{29, 31, 3}, {33, 26, 1}})
    checkDrawn(adjust(size, "enhance", 3, 1), {0, 0, 0.4,   //
                                               0, 1, 0.4,   //
                                               0, 2, 1.7,   //
                                               0, 3, 0.3,   //
                                               0, 3, 1.8,   //
                                               0, 4, 1.9,   //
                                               0, 5, 3,     //
                                               0, 6, 110.5, //
                                               0, 7, 0,     //
                                               0, 8, 0,     //
                                               0, 9, 0});
  // Too few pixels for that, and a single level.
  checkDrawn(adjust({7, 5, 3}, "enhance", 2), {7, 0, 8, 0});
  checkDrawn(adjust({1, 1, 1}, "enhance", 2), {7, 0, 8, 0, 3, 0.5});
}

TEST(Mix, SharesAndRectangles) {
  for (Size size : {Size{7, 21, 3}, {5, 4, 1}, {4, 5, 20}}) {
    TensorType image =
        f32({dynamicBatch, size.height, size.width, size.channels});
    SpecBuilder b("mix");
    int x = b.input(image), draws = b.input(f32({dynamicBatch, 6}));
    checkDrawn(b.finish({b.op("mix", {x, draws}, {image})}),
               {1, 0.3, 0, 0, 0, 0, //
                2, 1,   1, 3, 2, 4, //
                2, 0.9, 0, 0, 0, 0, //
                0, 1,   0, 4, 0, 3});
  }
}

TEST(Augment, ThreadsDoNotChangeResults) {
  checkThreads(warp({33, 30, 3}, fill("reflect", "bilinear")), 5);
  checkThreads(adjust({33, 30, 3}, "contrast"), 5);
}
} // namespace

namespace lathe::kernels {
std::vector<KernelSpec> typicalAugmentations() {
  std::vector<KernelSpec> all;
  for (const char *mode : {"constant", "reflect"})
    all.push_back(warp({20, 21, 3}, fill(mode, "bilinear")));
  for (const char *function : {"contrast", "enhance", "hue", "sharpness"})
    all.push_back(adjust({20, 21, 3}, function));
  // Their names are functions' names in C++.
  for (size_t i = 0; i < all.size(); ++i)
    all[i].name += "_" + std::to_string(i);
  return all;
}
} // namespace lathe::kernels
