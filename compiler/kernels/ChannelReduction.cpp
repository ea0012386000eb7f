//===- ChannelReduction.cpp - Statistics of channels ---------------------===//

#include "compiler/kernels/ChannelReduction.h"
#include "compiler/kernels/Families.h"

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

const Var ChannelReduction::lane("lane"), ChannelReduction::tile("tile"),
    ChannelReduction::chunk("chunk"), ChannelReduction::slice("slice");

ChannelReduction::ChannelReduction(Builder &b, const TensorType &type)
    : type(type) {
  size_t rank = type.shape.size();
  if (rank < 2)
    throw NotApplicable("channels are reduced over rank 2 or more");
  channels = static_cast<int>(type.shape.back());
  int lanes = lanesFor(channels, b.machine.lanes);
  tileChannels = lanes * static_cast<int>(b.parameter("channel_vectors", 1,
                                                      channels / lanes));
  slices = static_cast<int>(b.parameter("slices", 1, 64));
  images = b.extent(type.shape[0]);
  int64_t rows = b.parameter("chunk_rows", 1, 1 << 20);
  if (rank == 2) { // a chunk is some images
    stripRows = static_cast<int>(rows);
    return;
  }
  for (size_t d = 2; d + 1 < rank; ++d)
    rowsPerStrip *= static_cast<int>(type.shape[d]);
  stripExtent = static_cast<int>(type.shape[1]);
  stripRows = static_cast<int>(
      std::clamp<int64_t>(rows / rowsPerStrip, 1, stripExtent));
  strips = (stripExtent + stripRows - 1) / stripRows;
}

Expr ChannelReduction::channel() const {
  // The last tile is shifted inwards, so that every tile is whole.
  return min(tile * tileChannels, channels - tileChannels) + lane;
}

RDom ChannelReduction::rowDomain(const Expr &number) const {
  size_t rank = type.shape.size();
  Region region = {{0, stripRows}};
  for (size_t d = 2; d + 1 < rank; ++d)
    region.insert(region.begin(), {0, static_cast<int>(type.shape[d])});
  RDom rows(region);
  if (rank == 2)
    rows.where(number * stripRows + rows.x < images);
  else if (stripExtent % stripRows)
    rows.where(number % strips * stripRows + rows[rows.dimensions() - 1] <
               stripExtent);
  return rows;
}

Index ChannelReduction::element(const Expr &number, const RDom &rows) const {
  Index index = {channel()};
  if (type.shape.size() == 2) {
    index.push_back(number * stripRows + rows.x);
    return index;
  }
  int last = rows.dimensions() - 1;
  for (int i = 0; i < last; ++i)
    index.push_back(rows[i]);
  index.push_back(number % strips * stripRows + rows[last]);
  index.push_back(number / strips);
  return index;
}

Expr ChannelReduction::rowsBefore(const Expr &number) const {
  if (type.shape.size() == 2)
    return min(number * stripRows, images);
  return (number / strips * stripExtent + number % strips * stripRows) *
         rowsPerStrip;
}

Expr ChannelReduction::rowsOf(const Expr &number) const {
  return rowsBefore(number + 1) - rowsBefore(number);
}

Expr ChannelReduction::allRows() const {
  return images * (stripExtent * rowsPerStrip);
}

Expr ChannelReduction::chunks() const {
  return type.shape.size() == 2 ? (images + stripRows - 1) / stripRows
                                : images * strips;
}

RDom ChannelReduction::chunkDomain() const {
  RDom domain(0, (chunks() + slices - 1) / slices);
  domain.where(chunkOf(domain) < chunks());
  return domain;
}

Expr ChannelReduction::firstChunk(const Expr &ofSlice) const {
  return ofSlice * ((chunks() + slices - 1) / slices);
}

Expr ChannelReduction::chunkOf(const RDom &domain) const {
  return firstChunk(slice) + domain;
}

Expr ChannelReduction::ofChannel(const Func &combined, const Expr &channel,
                                 int value) const {
  Expr tileOf = channel / tileChannels;
  Expr start = min(tileOf * tileChannels, channels - tileChannels);
  FuncRef element =
      combined(clamp(channel - start, 0, tileChannels - 1), tileOf);
  return combined.outputs() == 1 ? Expr(element) : Expr(element[value]);
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

void buildChannelSums(Builder &b, const TensorType &type,
                      const std::vector<ElementFunction> &summands,
                      int firstResult) {
  ChannelReduction c(b, type);
  const Var &lane = c.lane, &tile = c.tile, &chunk = c.chunk, &slice = c.slice;
  Func partial("partial"), total("total"), combined("combined");
  Tuple zero(std::vector<Expr>(summands.size(), Expr(0.0f)));
  auto add = [&](const FuncRef &sum, const std::vector<Expr> &terms) {
    std::vector<Expr> sums;
    for (size_t i = 0; i < terms.size(); ++i)
      sums.push_back((terms.size() == 1 ? Expr(sum) : Expr(sum[i])) + terms[i]);
    return Tuple(sums);
  };
  auto elements = [&](const FuncRef &f) {
    std::vector<Expr> all;
    for (size_t i = 0; i < summands.size(); ++i)
      all.push_back(summands.size() == 1 ? Expr(f) : Expr(f[i]));
    return all;
  };

  RDom rows = c.rowDomain(chunk);
  Index index = c.element(chunk, rows);
  std::vector<Expr> terms;
  for (const ElementFunction &summand : summands)
    terms.push_back(forEach(rows, summand(index)));
  partial(lane, tile, chunk) = zero;
  partial(lane, tile, chunk) = add(partial(lane, tile, chunk), terms);

  RDom chunks = c.chunkDomain();
  total(lane, tile, slice) = zero;
  total(lane, tile, slice) =
      add(total(lane, tile, slice),
          elements(partial(lane, tile, c.chunkOf(chunks))));

  RDom all(0, c.slices);
  combined(lane, tile) = zero;
  combined(lane, tile) =
      add(combined(lane, tile), elements(total(lane, tile, all)));

  b.anchor = total;
  b.keep(ChannelFunctions{combined, {partial}});
  for (size_t i = 0; i < summands.size(); ++i)
    b.values[firstResult + i].at = [=](const Index &index) {
      return c.ofChannel(combined, index[0], static_cast<int>(i));
    };
}

//===----------------------------------------------------------------------===//
// Schedule
//===----------------------------------------------------------------------===//

Parameters channelsParameters(const TensorType &type, int64_t batch,
                              const Machine &machine, int values) {
  int64_t channels = type.shape.back();
  int lanes = lanesFor(channels, machine.lanes);
  // Four vectors hide the latency of an addition.
  int64_t vectors = std::min<int64_t>(4, channels / lanes);
  // From memory; a batch that is not known is taken to be 32.
  double microseconds = double(bytesOf(type.element)) /
                        machine.memoryBandwidth *
                        static_cast<double>(batch ? batch : 32) *
                        static_cast<double>(elementsPerSample(type));
  int64_t padded = (channels / (vectors * lanes) + 1) * vectors * lanes;
  int64_t most = std::clamp<int64_t>(
      scratchLimit / (accumulatorBytes * values * padded), 1, 64);
  // A power of two: threads get as many each.
  int64_t slices = 1;
  while (2 * slices <= most &&
         2 * static_cast<double>(slices) * machine.taskMicroseconds <=
             microseconds)
    slices *= 2;
  // What a tile reads of a chunk stays in L1. Very many
  // channels are tasks themselves: their sums would not fit the stack.
  return {{"channel_vectors", vectors},
          {"channel_tasks", accumulatorBytes * values * padded > scratchLimit},
          {"chunk_rows", 128},
          {"slices", slices}};
}

void scheduleChannels(Builder &b, const TensorType &type) {
  const Var &lane = ChannelReduction::lane, &tile = ChannelReduction::tile,
            &chunk = ChannelReduction::chunk, &slice = ChannelReduction::slice;
  int channels = static_cast<int>(type.shape.back());
  int lanes = lanesFor(channels, b.machine.lanes);
  int tileChannels =
      lanes * static_cast<int>(b.parameter("channel_vectors", 1, 64));
  int tiles = (channels + tileChannels - 1) / tileChannels;
  int slices = static_cast<int>(b.parameter("slices", 1, 64));
  if (b.outputs.size() > 1 || b.resultType().shape.empty())
    throw NotApplicable("a reduction's results must have one shape");

  auto vectorize = [&](Stage stage) {
    stage.vectorize(lane, lanes).unroll(lane);
  };
  LoopLevel level(b.out(), Var::outermost());
  bool channelTasks = b.parameter("channel_tasks", 0, 1) != 0;
  if (channelTasks) {
    Var task("task");
    Stage(b.out())
        .split(vc, task, vc, tileChannels, TailStrategy::GuardWithIf)
        .parallel(task);
    level = LoopLevel(b.out(), task);
    tiles = 1;
  }
  auto &[combined, ofChunk] = b.kept<ChannelFunctions>();
  Func &total = b.anchor;
  for (Func *whole : {&total, &combined})
    whole->compute_at(level)
        .store_in(scratch)
        .bound_extent(lane, tileChannels)
        .bound_extent(tile, tiles);
  total.bound_extent(slice, slices);
  vectorize(Stage(combined));
  combined.update().reorder(lane, combined.rvars()[0], tile);
  vectorize(combined.update());

  vectorize(Stage(total));
  total.update().reorder(lane, tile, total.rvars()[0], slice);
  vectorize(total.update());
  if (slices > 1 && !channelTasks) {
    Stage(total).parallel(slice);
    total.update().parallel(slice);
  }
  for (Func &partial : ofChunk) {
    partial.compute_at(total, tile)
        .store_in(scratch)
        .bound_extent(lane, tileChannels)
        .bound_extent(tile, 1)
        .bound_extent(chunk, 1);
    vectorize(Stage(partial));
    if (partial.num_update_definitions() == 0)
      continue;
    std::vector<VarOrRVar> order = {lane};
    for (const RVar &r : partial.rvars())
      order.push_back(r);
    order.insert(order.end(), {tile, chunk});
    partial.update().reorder(order);
    vectorize(partial.update());
  }
}

//===----------------------------------------------------------------------===//
// bias_backward: db[c] = sum of dy[..., c].
//===----------------------------------------------------------------------===//

void buildBiasBackward(Builder &b, const Node &node, int firstResult) {
  Value dy = b.operand(node, 0);
  buildChannelSums(b, dy.type, {dy.at}, firstResult);
}

Parameters biasBackwardParameters(const KernelSpec &spec, const Node &node,
                                  const Machine &machine) {
  return channelsParameters(typeOf(spec, node.operands.at(0)), spec.batch,
                            machine, 1);
}

void scheduleBiasBackward(Builder &b, const Node &node) {
  scheduleChannels(b, b.operand(node, 0).type);
}

} // namespace lathe::kernels
