//===- BatchNorm.cpp - Batch normalisation -------------------------------===//

#include "compiler/kernels/ChannelReduction.h"
#include "compiler/kernels/Elementwise.h"
#include "compiler/kernels/Families.h"

using namespace Halide;

namespace lathe::kernels {

/// With r = 1/sqrt(variance + epsilon) and m elements per channel:
/// slope = -scale·r²·t/m, offset = -scale·s/m, dgamma = t·r.
void buildBatchNormFactors(Builder &b, const Node &node, int firstResult) {
  if (node.operands.size() != 4 || node.results.size() != 3)
    throw NotApplicable(
        "batch_norm_factors takes four operands and has three results");
  auto operand = [&](size_t i) {
    return broadcastTo(b.operand(node, i), node.results[0]);
  };
  Value s = operand(0), t = operand(1), scale = operand(2),
        variance = operand(3);
  float epsilon = static_cast<float>(floatAttribute(node, "epsilon", 1e-3));
  Expr count =
      cast<float>(b.n) * static_cast<float>(intAttribute(node, "positions", 1));
  b.values[firstResult].at = [=](const Index &i) {
    return -scale.at(i) * t.at(i) / ((variance.at(i) + epsilon) * count);
  };
  b.values[firstResult + 1].at = [=](const Index &i) {
    return -scale.at(i) * s.at(i) / count;
  };
  b.values[firstResult + 2].at = [=](const Index &i) {
    return t.at(i) / sqrt(variance.at(i) + epsilon);
  };
}

//===----------------------------------------------------------------------===//
// merge_moments
//===----------------------------------------------------------------------===//

void buildMergeMoments(Builder &b, const Node &node, int firstResult) {
  if (node.operands.size() != 5 || node.results.size() != 3)
    throw NotApplicable("merge_moments takes five operands and has three "
                        "results");
  Value mean = b.operand(node, 0), variance = b.operand(node, 1),
        count = b.operand(node, 2), batchMean = b.operand(node, 3),
        batchVariance = b.operand(node, 4);
  Expr n = cast<float>(b.n);
  auto share = [=](const Index &i) { return n / (count.at(i) + n); };
  b.values[firstResult].at = [=](const Index &i) {
    return mean.at(i) + share(i) * (batchMean.at(i) - mean.at(i));
  };
  b.values[firstResult + 1].at = [=](const Index &i) {
    Expr s = share(i), apart = batchMean.at(i) - mean.at(i);
    return (1.0f - s) * variance.at(i) +
           s * (batchVariance.at(i) + (1.0f - s) * apart * apart);
  };
  b.values[firstResult + 2].at = [=](const Index &i) {
    return count.at(i) + n;
  };
}

//===----------------------------------------------------------------------===//
// batch_norm_sums: s[c] = sum of dy, t[c] = sum of dy·(x - mean[c]).
//===----------------------------------------------------------------------===//

void buildBatchNormSums(Builder &b, const Node &node, int firstResult) {
  if (node.operands.size() != 3 || node.results.size() != 2)
    throw NotApplicable(
        "batch_norm_sums takes three operands and has two results");
  Value dy = b.operand(node, 0), x = broadcastTo(b.operand(node, 1), dy.type),
        mean = broadcastTo(b.operand(node, 2), dy.type);
  buildChannelSums(
      b, dy.type,
      {dy.at,
       [=](const Index &i) { return dy.at(i) * (x.at(i) - mean.at(i)); }},
      firstResult);
}

Parameters batchStatisticsParameters(const KernelSpec &spec, const Node &node,
                                     const Machine &machine) {
  return channelsParameters(typeOf(spec, node.operands.at(0)), spec.batch,
                            machine, 2);
}

void scheduleBatchStatistics(Builder &b, const Node &node) {
  scheduleChannels(b, b.operand(node, 0).type);
}

//===----------------------------------------------------------------------===//
// batch_moments. A chunk's mean and sum of squared deviations come from two
// passes, the second of which corrects the rounding of the first; chunks and
// slices are joined pairwise (Chan, Golub and LeVeque, 1979). No square is of
// anything but a deviation, so that a large mean costs nothing.
//===----------------------------------------------------------------------===//

namespace {
/// Mean and sum of squared deviations of some rows, and their number.
struct Moments {
  Expr mean, squares, count;
};
Tuple join(const FuncRef &before, const Expr &countBefore,
           const Moments &more) {
  Expr difference = more.mean - before[0];
  Expr share = more.count / max(countBefore + more.count, 1.0f);
  return {Expr(before[0]) + difference * share,
          Expr(before[1]) + more.squares +
              difference * difference * (countBefore * share)};
}
} // namespace

void buildBatchMoments(Builder &b, const Node &node, int firstResult) {
  if (node.operands.size() != 1 || node.results.size() != 2)
    throw NotApplicable("batch_moments takes a tensor and has two results");
  Value x = b.operand(node, 0);
  ChannelReduction c(b, x.type);
  const Var &lane = c.lane, &tile = c.tile, &chunk = c.chunk, &slice = c.slice;
  Func sum("sum"), center("center"), deviations("deviations"),
      partial("partial"), total("total"), combined("combined");

  RDom rows = c.rowDomain(chunk), again = c.rowDomain(chunk);
  Expr count = cast<float>(c.rowsOf(chunk));
  sum(lane, tile, chunk) = 0.0f;
  sum(lane, tile, chunk) += forEach(rows, x.at(c.element(chunk, rows)));
  center(lane, tile, chunk) = sum(lane, tile, chunk) / count;
  Expr deviation =
      forEach(again, x.at(c.element(chunk, again))) - center(lane, tile, chunk);
  deviations(lane, tile, chunk) = Tuple(0.0f, 0.0f);
  deviations(lane, tile, chunk) =
      Tuple(deviations(lane, tile, chunk)[0] + deviation,
            deviations(lane, tile, chunk)[1] + deviation * deviation);
  Expr correction = deviations(lane, tile, chunk)[0] / count;
  partial(lane, tile, chunk) =
      Tuple(center(lane, tile, chunk) + correction,
            deviations(lane, tile, chunk)[1] -
                correction * deviations(lane, tile, chunk)[0]);

  RDom chunks = c.chunkDomain();
  Expr number = c.chunkOf(chunks);
  Expr before = c.rowsBefore(number) - c.rowsBefore(c.firstChunk(slice));
  total(lane, tile, slice) = Tuple(0.0f, 0.0f);
  total(lane, tile, slice) =
      join(total(lane, tile, slice), cast<float>(before),
           {partial(lane, tile, number)[0], partial(lane, tile, number)[1],
            cast<float>(c.rowsOf(number))});

  RDom all(0, c.slices);
  auto rowsBeforeSlice = [&](const Expr &s) {
    return cast<float>(min(c.rowsBefore(c.firstChunk(s)), c.allRows()));
  };
  combined(lane, tile) = Tuple(0.0f, 0.0f);
  combined(lane, tile) =
      join(combined(lane, tile), rowsBeforeSlice(all),
           {total(lane, tile, all)[0], total(lane, tile, all)[1],
            rowsBeforeSlice(all + 1) - rowsBeforeSlice(all)});

  b.anchor = total;
  b.keep(ChannelFunctions{combined, {partial, sum, center, deviations}});
  Expr allCount = cast<float>(c.allRows());
  b.values[firstResult].at = [=](const Index &i) {
    return c.ofChannel(combined, i[0], 0);
  };
  b.values[firstResult + 1].at = [=](const Index &i) {
    return c.ofChannel(combined, i[0], 1) / allCount;
  };
}

} // namespace lathe::kernels
