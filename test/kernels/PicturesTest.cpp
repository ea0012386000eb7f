//===- PicturesTest.cpp - Tone curves and colours ------------------------===//

#include "test/kernels/Check.h"
#include "test/kernels/Executor.h"
#include "test/kernels/RecordedLab.h"
#include "test/kernels/TypicalKernels.h"

#include <random>

using namespace lathe::kernels;

namespace {
struct Size {
  int64_t height, width, channels;
  TensorType type() const {
    return f32({dynamicBatch, height, width, channels});
  }
};

struct Tones {
  std::string method;
  int64_t rows, columns;
  double clipLimit = 0;
  int64_t bins = 256;
  bool first = false;

  Attributes attributes() const {
    return {{"method", method},
            {"tiles", list({rows, columns})},
            {"clip_limit", clipLimit},
            {"first_channel", int64_t{first}},
            {"low", 0.0},
            {"high", 255.0}};
  }
  TensorType curves(Size size) const {
    return f32({dynamicBatch, rows * columns, first ? 1 : size.channels, bins});
  }
};

KernelSpec toneCurves(Size size, const Tones &tones) {
  SpecBuilder b("tone_curves");
  int x = b.input(size.type());
  return b.finish(
      {b.op("tone_curves", {x}, {tones.curves(size)}, tones.attributes())});
}

KernelSpec applyCurves(Size size, const Tones &tones) {
  SpecBuilder b("apply_curves");
  int x = b.input(size.type()), curves = b.input(tones.curves(size));
  return b.finish(
      {b.op("apply_curves", {x, curves}, {size.type()}, tones.attributes())});
}

KernelSpec convertColor(Size size, const std::string &to, double low = 0,
                        double high = 255) {
  SpecBuilder b("convert_color");
  int x = b.input(size.type());
  return b.finish({b.op("convert_color", {x}, {size.type()},
                        {{"to", to}, {"low", low}, {"high", high}})});
}

/// Bytes; `contrast` of 0 is one level alone.
std::vector<double> bytes(size_t count, double contrast = 60,
                          double middle = 128) {
  std::mt19937 random(7);
  std::normal_distribution<double> draw(middle, contrast);
  std::vector<double> values;
  for (size_t i = 0; i < count; ++i)
    values.push_back(
        std::clamp(contrast ? std::nearbyint(draw(random)) : middle, 0., 255.));
  return values;
}

/// Images of bytes against the reference; `tolerance` is in levels.
void check(const KernelSpec &spec, const std::vector<double> &pixels,
           double tolerance, int64_t images = 2) {
  std::map<size_t, std::vector<double>> inputs = {{0, pixels}};
  for (size_t i = 1; i < spec.inputs.size(); ++i)
    inputs[i] = bytes(Tensor(spec.inputs[i], images).data.size(), 90);
  checkGiven(spec, images, inputs, tolerance / 255);
}
std::vector<double> pixels(Size size, double contrast = 60) {
  return bytes(
      2 * static_cast<size_t>(size.height * size.width * size.channels),
      contrast);
}

const Size sizes[] = {{32, 48, 1}, {33, 48, 1}, {32, 50, 3}, {17, 37, 2}};

TEST(Tones, CurvesOfTiles) {
  for (const char *method : {"clahe", "clahe_keras"})
    for (double limit : {0.0, 0.01, 2.0, 40.0}) {
      SCOPED_TRACE(std::string(method) + " " + std::to_string(limit));
      check(toneCurves(sizes[0], {method, 4, 8, limit}), pixels(sizes[0]),
            0.01);
      check(toneCurves(sizes[3], {method, 8, 3, limit}), pixels(sizes[3], 5),
            0.01);
    }
  for (Size size : {sizes[1], sizes[2]})
    for (const char *method : {"clahe", "clahe_keras"})
      check(toneCurves(size, {method, 4, 8, 2.0}), pixels(size), 0.01);
  Size size{24, 25, 3};
  check(toneCurves(size, {"clahe", 2, 2, 3.0, 256, /*first=*/true}),
        pixels(size), 0.01);
}

TEST(Tones, CurvesOfImages) {
  for (int64_t bins : {256, 100, 2}) {
    Size size = sizes[bins % 3 + 1];
    check(toneCurves(size, {"equalize", 1, 1, 0, bins}), pixels(size), 0.01);
    check(toneCurves(size, {"equalize", 1, 1, 0, bins}), pixels(size, 0), 0.01);
  }
}

TEST(Tones, AreBlendedBetweenTiles) {
  for (Size size : {sizes[0], sizes[2]}) {
    check(applyCurves(size, {"clahe_keras", 4, 8}), pixels(size), 0.01);
    check(applyCurves(size, {"clahe", 8, 3}), pixels(size), 1.01);
    check(applyCurves(size, {"equalize", 1, 1, 0, 100}), pixels(size), 0.01);
  }
  check(applyCurves(sizes[2], {"clahe_keras", 1, 5, 0, 256, /*first=*/true}),
        pixels(sizes[2]), 0.01);
}

TEST(Tones, ThreadsDoNotChangeResults) {
  checkThreads(toneCurves({33, 30, 3}, {"clahe", 4, 4, 2}), 5);
  checkThreads(applyCurves({70, 30, 3}, {"clahe", 4, 4}), 5);
}

// OpenCV's own bytes are compared in test/e2e/pictures.test; here, CIE's
// formulas tell how far from the truth they may be: two levels, of dark
// colours.
TEST(Color, LabOfEveryHue) {
  for (Size size : {Size{64, 70, 3}, Size{5, 3, 3}}) {
    check(convertColor(size, "lab"), pixels(size, 90), 2.5);
    check(convertColor(size, "rgb"), pixels(size, 20), 2.5);
  }
}

/// To the last bit, of every byte in each channel.
TEST(Color, IsWhatOpenCVMakes) {
  constexpr int64_t count = std::size(recordedLab);
  for (int first : {0, 3}) {
    KernelSpec spec =
        convertColor({count / 32, 32, 3}, first == 0 ? "lab" : "rgb");
    if (!executor().takesNext())
      continue;
    std::vector<double> image;
    for (const auto &row : recordedLab)
      image.insert(image.end(), row + first, row + first + 3);
    std::vector<Call> calls;
    calls.emplace_back(spec, 1, 3);
    calls.front().set(0, image);
    ASSERT_EQ(
        executor().run(spec, defaultSchedule(spec, executor().isa()), calls),
        "");
    Tensor result = calls.front().result(0);
    for (size_t i = 0; i < image.size(); ++i)
      EXPECT_EQ(result.data[i], recordedLab[i / 3][first + 3 + i % 3])
          << "channel " << i % 3 << " of row " << i / 3;
  }
}

TEST(Color, NaNInOneChannelIsNaNInAll) {
  for (const char *to : {"lab", "rgb"}) {
    KernelSpec spec = convertColor({1, 20, 3}, to);
    std::string error;
    auto kernel =
        JitKernel::compile(spec, defaultSchedule(spec, hostIsa()), error);
    ASSERT_TRUE(kernel) << error;
    Call call(spec, 1, 3);
    std::vector<double> image(60, 100);
    image[7] = NAN, image[12] = INFINITY;
    call.set(0, image);
    kernel->run(call.pointers(), 1);
    Tensor result = call.result(0);
    for (size_t i = 0; i < 60; ++i)
      EXPECT_EQ(std::isnan(result.data[i]), i / 3 == 2) << i;
  }
}

TEST(Color, OtherRanges) {
  Size size{7, 9, 3};
  std::vector<double> unit = pixels(size, 90);
  for (double &x : unit)
    x = x / 255 * 2 - 1;
  check(convertColor(size, "lab", -1, 1), unit, 2.5);
  check(convertColor(size, "rgb", -1, 1), pixels(size, 20), 2.5);
}

TEST(Moments, OfABatchAndWhatWasBefore) {
  TensorType vector = f32({5});
  SpecBuilder b("merge_moments");
  std::vector<int> operands;
  for (int i = 0; i < 5; ++i)
    operands.push_back(b.input(vector));
  int first = b.op("merge_moments", operands, {vector, vector, vector});
  KernelSpec spec = b.finish({first, first + 1, first + 2});
  if (!executor().takesNext())
    return;
  std::vector<Call> calls;
  calls.emplace_back(spec, 13, 3);
  calls.front().set(1, {1, 2, 0.5, 3, 0});
  calls.front().set(2, {0, 13, 1000, 1e6, 2});
  calls.front().set(4, {2, 0.1, 0.5, 7, 0});
  ASSERT_EQ(
      executor().run(spec, defaultSchedule(spec, executor().isa()), calls), "");
  compare(spec, calls.front(), 1e-5);
}
} // namespace

namespace lathe::kernels {
std::vector<KernelSpec> typicalPictures() {
  std::vector<KernelSpec> all = {
      toneCurves({24, 30, 3}, {"clahe", 4, 4, 2}),
      toneCurves({24, 24, 1}, {"clahe_keras", 4, 4, 2}),
      toneCurves({9, 9, 3}, {"equalize", 1, 1}),
      applyCurves({40, 30, 3}, {"clahe", 4, 4}),
      applyCurves({9, 9, 3}, {"equalize", 1, 1}),
      convertColor({20, 21, 3}, "lab"),
      convertColor({20, 21, 3}, "rgb")};
  // Their names are functions' names in C++.
  for (size_t i = 0; i < all.size(); ++i)
    all[i].name += "_" + std::to_string(i);
  return all;
}
} // namespace lathe::kernels
