//===- SpecialImages.cpp - Convolutions, pooling, normalisation ----------===//

#include "test/kernels/SpecialForms.h"

#include <functional>

namespace lathe::kernels::special {

namespace {
const Geometry depthwise{5, 6, 20, 20, 3, 3, 1, 1, 0, 0, 0, 0, 1, 1, 20};
Kernels
convolution(const std::function<SpecialKernel(const Geometry &)> &make) {
  Geometry padded = plain;
  padded.top = padded.left = padded.right = 1;
  return {make(plain), with(make(padded), SpecialKernel::OfAll),
          make(depthwise)};
}
const Geometry pools[] = {{4, 6, 21, 21, 2, 2, 2, 2},
                          {7, 7, 21, 21, 3, 3, 2, 2, 1, 1, 1, 1},
                          {9, 9, 21, 21, 5, 5, 2, 2, 1, 1, 1, 1}};
Kernels pooling(const std::function<SpecialKernel(const Geometry &)> &make) {
  Kernels all;
  for (const Geometry &g : pools)
    all.push_back(make(g));
  return all;
}

Kernels resizeKernels(bool backward) {
  TensorType large = f32({n, 6, 8, 21});
  Attributes nearest = {{"interpolation", "nearest"}},
             bilinear = {{"interpolation", "bilinear"}};
  // Bilinear: a neighbour's weight may be zero.
  if (backward)
    return {single("resize_backward", {large}, {image}, nearest),
            with(single("resize_backward", {large}, {image}, bilinear),
                 SpecialKernel::OfAll)};
  return {
      single("resize", {image}, {large}, nearest),
      with(single("resize", {image}, {large}, bilinear), SpecialKernel::OfAll)};
}
/// Distant pixels have the weight 0.
Kernels resampleKernels(bool backward) {
  TensorType large = f32({n, 6, 4, 21});
  Attributes attributes = {{"axis", int64_t{1}}, {"filter", "bicubic"}};
  return {with(backward
                   ? single("resample_backward", {large}, {image}, attributes)
                   : single("resample", {image}, {large}, attributes),
               SpecialKernel::OfAll)};
}
} // namespace

std::vector<Row> imageRows() {
  return {
      {"avg_pool2d",
       [] {
         return pooling([](const Geometry &g) {
           return single("avg_pool2d", {g.x()}, {g.y()}, g.poolAttributes());
         });
       }},
      {"avg_pool2d_backward",
       [] {
         return pooling([](const Geometry &g) {
           return single("avg_pool2d_backward", {g.y()}, {g.x()},
                         g.poolAttributes());
         });
       }},
      {"batch_moments",
       [] {
         return Kernels{
             with(single("batch_moments", {image}, {channels, channels}),
                  SpecialKernel::OfInfinity)};
       }},
      {"batch_norm_factors",
       [] {
         SpecBuilder b("batch_norm_factors");
         int t = b.input(channels), u = b.input(channels),
             scale = b.input(channels), variance = b.input(channels);
         variance =
             b.op("relu", {variance}, {channels}); // as it never is below 0
         int f = b.op("batch_norm_factors", {t, u, scale, variance},
                      Types(3, channels),
                      {{"epsilon", 1e-3}, {"positions", int64_t{12}}});
         return Kernels{{b.finish({f, f + 1, f + 2})}};
       }},
      {"batch_norm_scale",
       [] {
         return Kernels{single("batch_norm_scale", {channels, channels},
                               {channels}, {{"epsilon", 1e-3}})};
       }},
      {"batch_norm_sums",
       [] {
         return Kernels{single("batch_norm_sums", {image, image, channels},
                               {channels, channels})};
       }},
      {"bias_add",
       [] {
         return Kernels{single("bias_add", {image, channels}, {image})};
       }},
      {"bias_backward",
       [] { return Kernels{single("bias_backward", {image}, {channels})}; }},
      {"conv2d",
       [] {
         return convolution([](const Geometry &g) {
           return single("conv2d", {g.x(), g.w()}, {g.y()}, g.attributes());
         });
       }},
      {"conv2d_backward_data",
       [] {
         Kernels all = convolution([](const Geometry &g) {
           return single("conv2d_backward_data", {g.y(), g.w()}, {g.x()},
                         g.attributes());
         });
         for (SpecialKernel &kernel : all) // the image's border is a padding
           kernel.freedom = SpecialKernel::OfAll;
         return all;
       }},
      {"conv2d_backward_weights",
       [] {
         return convolution([](const Geometry &g) {
           return single("conv2d_backward_weights", {g.x(), g.y()}, {g.w()},
                         g.attributes());
         });
       }},
      {"max_pool2d",
       [] {
         return pooling([](const Geometry &g) {
           return single("max_pool2d", {g.x()}, {g.y()}, g.poolAttributes());
         });
       }},
      {"max_pool2d_argmax",
       [] {
         return pooling([](const Geometry &g) {
           return single("max_pool2d_argmax", {g.x()}, {g.y(), u8(g.y().shape)},
                         g.poolAttributes());
         });
       }},
      {"max_pool2d_backward",
       [] {
         return pooling([](const Geometry &g) {
           return single("max_pool2d_backward", {g.y(), u8(g.y().shape)},
                         {g.x()}, g.poolAttributes());
         });
       }},
      {"normalize",
       [] {
         return Kernels{single("normalize",
                               {image, channels, channels, channels}, {image})};
       }},
      {"normalize_backward",
       [] {
         return Kernels{single(
             "normalize_backward",
             {image, image, channels, channels, channels, channels}, {image})};
       }},
      {"pack_filter",
       [] {
         return Kernels{copy(
             single("pack_filter", {f32({1, 1, 20, 64})}, {f32({2, 20, 32})}))};
       }},
      {"packed_conv2d",
       [] {
         return Kernels{single("packed_conv2d",
                               {f32({n, 3, 4, 20}), f32({2, 20, 32})},
                               {f32({n, 3, 4, 64})})};
       }},
      {"pad",
       [] {
         return Kernels{copy(single(
             "pad", {image}, {f32({n, 5, 3, 21})},
             {{"low", list({0, 1, -1, 0})}, {"high", list({0, 1, 0, 0})}}))};
       }},
      {"resample", [] { return resampleKernels(false); }},
      {"resample_backward", [] { return resampleKernels(true); }},
      {"resize", [] { return resizeKernels(false); }},
      {"resize_backward", [] { return resizeKernels(true); }},
      {"transpose_filter",
       [] {
         return Kernels{copy(single("transpose_filter", {f32({3, 3, 20, 21})},
                                    {f32({3, 3, 21, 20})}))};
       }},
  };
}

} // namespace lathe::kernels::special
