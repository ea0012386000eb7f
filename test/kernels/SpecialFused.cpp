//===- SpecialFused.cpp - What is fused with products and pooling --------===//

#include "test/kernels/SpecialForms.h"

namespace lathe::kernels {
using namespace special;

std::vector<SpecialKernel> fusedSpecialKernels() {
  Kernels all;
  Geometry pool{3, 4, 21, 21, 2, 2, 1, 2};
  for (const Geometry &g : {plain, Geometry{3, 4, 20, 21, 1, 1}})
    for (const char *activation : {"relu", "relu6"}) {
      SpecBuilder b("conv_norm"), c("conv_pool"), d("conv_before");
      bool plainRelu = std::string(activation) == "relu";
      auto activated = [&](SpecBuilder &b, int y, const TensorType &type) {
        return plainRelu ? b.op("relu", {y}, {type})
                         : b.op("activation", {y}, {type},
                                {{"function", activation}});
      };
      // conv, batch norm, activation
      int x = b.input(g.x()), w = b.input(g.w()), mean = b.input(channels),
          scale = b.input(channels), beta = b.input(channels);
      int y = b.op("conv2d", {x, w}, {g.y()}, g.attributes());
      y = b.op("normalize", {y, mean, scale, beta}, {g.y()});
      all.push_back({b.finish({activated(b, y, g.y())})});
      // conv, bias, pooling, activation
      x = c.input(g.x()), w = c.input(g.w());
      int bias = c.input(channels);
      y = c.op("conv2d", {x, w}, {g.y()}, g.attributes());
      y = activated(c, c.op("bias_add", {y, bias}, {g.y()}), g.y());
      y = c.op("max_pool2d_argmax", {y}, {pool.y(), u8(pool.y().shape)},
               pool.poolAttributes());
      all.push_back({c.finish({y, y + 1})});
      // batch norm and activation computed on the way into the convolution
      TensorType in = f32({20});
      x = d.input(g.x()), w = d.input(g.w()), mean = d.input(in);
      scale = d.input(in), beta = d.input(in);
      x = d.op("normalize", {x, mean, scale, beta}, {g.x()});
      x = activated(d, x, g.x());
      all.push_back(
          {d.finish({d.op("conv2d", {x, w}, {g.y()}, g.attributes())})});
    }
  {
    SpecBuilder b("dense_relu"), c("data_relu"), d("weights_relu");
    TensorType wide = f32({n, 37}), in = f32({n, 20}), w = f32({20, 37});
    int x = b.input(in), weights = b.input(w), bias = b.input(f32({37}));
    int y =
        b.op("bias_add", {b.op("dense", {x, weights}, {wide}), bias}, {wide});
    all.push_back({b.finish({b.op("relu", {y}, {wide})})});
    int dy = c.input(wide), before = c.input(in);
    weights = c.input(w);
    int dx = c.op("dense_backward_data", {dy, weights}, {in});
    all.push_back({c.finish({c.op("relu_backward", {dx, before}, {in})})});
    x = d.input(plain.x()), dy = d.input(plain.y());
    int after = d.input(plain.y());
    dy = d.op("relu_backward", {dy, after}, {plain.y()});
    all.push_back({d.finish({d.op("conv2d_backward_weights", {x, dy},
                                  {plain.w()}, plain.attributes())})});
  }
  for (size_t i = 0; i < all.size(); ++i)
    all[i].spec.name += "_" + std::to_string(i);
  return all;
}

} // namespace lathe::kernels
