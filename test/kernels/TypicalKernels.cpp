//===- TypicalKernels.cpp - Kernels as the compiler forms them -----------===//

#include "test/kernels/TypicalKernels.h"

namespace lathe::kernels {

static constexpr int64_t n = dynamicBatch;

std::vector<KernelSpec> typicalArithmetic() {
  std::vector<KernelSpec> all;
  TensorType t = f32({n, 9, 9, 40}), c = f32({40}), gate = f32({n, 1, 1, 40});
  for (const char *function :
       {"elu", "gelu", "gelu_tanh", "silu", "mish", "hard_silu", "softplus",
        "softsign", "leaky_relu"}) {
    Attributes attributes = {{"function", function}, {"alpha", 0.7}};
    SpecBuilder b(std::string("activation_") + function);
    int dy = b.input(t), x = b.input(t), other = b.input(gate);
    x = b.op("multiply", {x, other}, {t});
    int y = b.op("activation", {x}, {t}, attributes);
    int dx = b.op("activation_backward", {dy, x}, {t}, attributes);
    all.push_back(b.finish({y, dx}));
  }
  {
    SpecBuilder b("noise"), d("normalize"), e("factors");
    int x = b.input(t), iteration = b.input(i64({})), seed = b.input(i64({}));
    x = b.op("gaussian_noise", {x, iteration, seed}, {t}, {{"stddev", 0.1}});
    x = b.op("dropout", {x, iteration, seed}, {t},
             {{"rate", 0.2}, {"shared_axes", list({1, 2})}});
    x = b.op("activation", {x}, {t}, {{"function", "tanh"}});
    all.push_back(b.finish({x}));
    x = d.input(t);
    int mean = d.input(c), scale = d.input(c), beta = d.input(c);
    x = d.op("normalize", {x, mean, scale, beta}, {t});
    all.push_back(d.finish({d.op("relu", {x}, {t})}));
    int s = e.input(c), u = e.input(c), gamma = e.input(c), v = e.input(c);
    v = e.op("relu", {v}, {c});
    int f = e.op("batch_norm_factors", {s, u, gamma, v}, {c, c, c},
                 {{"epsilon", 1e-2}, {"positions", int64_t{81}}});
    all.push_back(e.finish({f, f + 1, f + 2}));
  }
  {
    SpecBuilder b("moments"), d("norm_sums");
    int x = b.input(t), m = b.op("batch_moments", {x}, {c, c});
    all.push_back(b.finish({m, m + 1}));
    int dy = d.input(t), y = d.input(t), mean = d.input(c);
    x = d.op("relu_backward", {dy, y}, {t});
    int s = d.op("batch_norm_sums", {x, y, mean}, {c, c});
    all.push_back(d.finish({s, s + 1}));
  }
  {
    TensorType rows = f32({n, 20, 197}), pooled = f32({n, 40});
    SpecBuilder b("row_softmax"), d("softmax_backward"), e("standardize"),
        f("standardize_backward"), g("group_norm"), h("pool"), k("row_sums");
    int x = b.input(rows);
    all.push_back(b.finish({b.op("softmax", {x}, {rows})}));
    int dy = d.input(rows), y = d.input(rows);
    all.push_back(d.finish({d.op("softmax_backward", {dy, y}, {rows})}));
    Attributes last = {{"axes", list({2})}, {"epsilon", 1e-3}};
    x = e.input(rows);
    all.push_back(e.finish({e.op("standardize", {x}, {rows}, last)}));
    dy = f.input(rows), x = f.input(rows);
    all.push_back(
        f.finish({f.op("standardize_backward", {dy, x}, {rows}, last)}));
    TensorType groups = f32({n, 50, 4, 12});
    x = g.input(groups);
    all.push_back(
        g.finish({g.op("standardize", {x}, {groups},
                       {{"axes", list({1, 3})}, {"epsilon", 1e-3}})}));
    x = h.input(t);
    all.push_back(
        h.finish({h.op("reduce", {x}, {pooled},
                       {{"function", "mean"}, {"axes", list({1, 2})}})}));
    x = k.input(rows);
    all.push_back(k.finish({k.op("reduce", {x}, {f32({n, 20, 1})},
                                 {{"function", "sum"}, {"axes", list({2})}})}));
  }
  for (bool transpose : {false, true}) {
    TensorType q = f32({n, 3, 50, 16}), k = f32({n, 3, 16, 50}),
               y = f32({n, 3, 50, 50});
    SpecBuilder b(transpose ? "matmul_transposed" : "matmul");
    int lhs = b.input(transpose ? k : q), rhs = b.input(transpose ? q : k);
    int product = b.op("matmul", {lhs, rhs}, {y},
                       {{"transpose_a", int64_t{transpose}},
                        {"transpose_b", int64_t{transpose}}});
    all.push_back(b.finish({b.op("scale", {product}, {y}, {{"scale", 0.25}})}));
  }
  return all;
}

} // namespace lathe::kernels
