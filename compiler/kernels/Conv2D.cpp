//===- Conv2D.cpp - Two-dimensional convolution --------------------------===//
//
// y[b,y,x,co] = sum over ky, kx, ci of
//               x[b, y*sy - top + ky, x*sx - left + kx, ci] * w[ky,kx,ci,co],
// elements outside the image being zero.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Families.h"
#include "compiler/kernels/Window.h"

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

namespace {
struct Shape {
  int64_t height, width, inChannels, outChannels, outHeight, outWidth;
  Window window;
};

Shape shapeOf(const Node &node, const TensorType &x, const TensorType &w) {
  const TensorType &y = node.results.at(0);
  if (x.shape.size() != 4 || w.shape.size() != 4 || y.shape.size() != 4)
    throw NotApplicable("conv2d takes images and weights of rank 4");
  return {x.shape[1],
          x.shape[2],
          x.shape[3],
          w.shape[3],
          y.shape[1],
          y.shape[2],
          Window(node, w.shape[0], w.shape[1])};
}
} // namespace

void buildConv2D(Builder &b, const Node &node, int firstResult) {
  Value x = b.operand(node, 0), w = b.operand(node, 1);
  Shape s = shapeOf(node, x.type, w.type);
  const Window &window = s.window;
  int height = static_cast<int>(s.height), width = static_cast<int>(s.width);

  RDom r(Region{{0, static_cast<int>(s.inChannels)},
                {0, window.sizeX},
                {0, window.sizeY}});
  // Tiles may compute positions outside the output (a padded pooling window
  // does); these read inside the image all the same.
  const Node *pool = followingPool(b.spec);
  bool padsX =
      window.left || window.right || (pool && Window(*pool, 1, 1).padded());
  bool padsY =
      window.top || window.bottom || (pool && Window(*pool, 1, 1).padded());
  Expr column = vx * window.strideX + r.y - window.left;
  Expr row = vy * window.strideY + r.z - window.top;
  // One row at a time, the loop over the window's rows stops at the border;
  // several rows at a time, each element asks.
  bool rowLoop = padsY && b.chosen.parameters.count("rows") &&
                 b.parameter("rows", 1, 64) == 1 && !pool;
  if (rowLoop)
    r.where(row >= 0 && row < height);
  Expr inside;
  auto require = [&](const Expr &condition) {
    inside = inside.defined() ? inside && condition : condition;
  };
  if (padsX) {
    require(likely(column >= 0 && column < width));
    column = clamp(column, 0, width - 1);
  }
  if (padsY && !rowLoop)
    require(likely(row >= 0 && row < height));
  if (padsY)
    row = clamp(row, 0, height - 1);
  Expr element = x.at({r.x, column, row, vn});
  if (inside.defined())
    element = select(inside, element, 0.0f);

  Func sum("sum");
  sum(vc, vx, vy, vn) = 0.0f;
  sum(vc, vx, vy, vn) += element * w.at({vc, r.x, r.y, r.z});
  b.anchor = sum;
  b.domain = r;
  b.values[firstResult].at = [sum](const Index &i) {
    return sum(i[0], i[1], i[2], i[3]);
  };
}

Schedule conv2DDefault(const KernelSpec &spec, const Node &node,
                       const Machine &machine) {
  Shape s = shapeOf(node, typeOf(spec, node.operands.at(0)),
                    typeOf(spec, node.operands.at(1)));
  const TensorType &out = typeOf(spec, spec.results.at(0));
  TiledSpace space{s.outChannels, out.shape.at(2), out.shape.at(1)};
  widenByPool(spec, space);
  RegisterTile tile = chooseTile(machine, space);

  double microseconds = multiplyAddMicroseconds(
      machine,
      static_cast<double>(s.outHeight * s.outWidth * s.outChannels *
                          s.inChannels * s.window.sizeX * s.window.sizeY));
  int64_t rows = space.height;
  if (microseconds > 2 * taskMicroseconds) {
    double tasks = microseconds / taskMicroseconds;
    rows = static_cast<int64_t>(static_cast<double>(rows) / tasks) + 1;
    rows =
        std::min((rows + tile.rows - 1) / tile.rows * tile.rows, space.height);
  }
  // The body is unrolled over the window's columns and few input channels, as
  // long as it stays some hundred multiply-adds long.
  int64_t body = tile.channelVectors *
                 ((tile.columns - 1) * space.stepX + space.sizeX) *
                 ((tile.rows - 1) * space.stepY + space.sizeY);
  int64_t unrollChannels = 1, unrollColumns = 0;
  if (body * s.window.sizeX * s.inChannels <= 256 && s.inChannels <= 4) {
    unrollColumns = 1;
    unrollChannels = s.inChannels;
  }
  return {"direct",
          {{"channel_vectors", tile.channelVectors},
           {"columns", tile.columns},
           {"rows", tile.rows},
           {"unroll_channels", unrollChannels},
           {"unroll_window_columns", unrollColumns},
           {"unroll_window_rows", 0},
           {"parallel_channels", 0},
           {"task_rows", rows},
           {"task_images", imagesPerTask(microseconds)}}};
}

void scheduleConv2D(Builder &b, const Node &node) {
  if (b.chosen.strategy != "direct")
    throw NotApplicable("conv2d has the strategy 'direct'");
  if (b.outputs.size() > 1)
    throw NotApplicable(
        "the results of a convolution's kernel must have one shape");
  const TensorType &type = b.resultType();
  if (type.shape.size() != 4)
    throw NotApplicable("a convolution's kernel writes images");
  TiledSpace space{type.shape[3], type.shape[2], type.shape[1]};
  widenByPool(b.spec, space);
  scheduleDirectConvolution(b, space, b.operand(node, 1).size(1));
}

} // namespace lathe::kernels
