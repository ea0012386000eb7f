//===- ChannelReduction.h - Statistics of channels --------------*- C++ -*-===//
//
// Reductions of a tensor [n, ..., c] along all dimensions but the last, for one
// or two values at once. The tree is fixed: chunks of rows, whose sums are in
// registers; slices, each of which goes through its chunks in order; all slices
// in order. Slices are parallel; their number does not depend on the batch.
//
//===----------------------------------------------------------------------===//
#ifndef LATHE_COMPILER_KERNELS_CHANNELREDUCTION_H
#define LATHE_COMPILER_KERNELS_CHANNELREDUCTION_H

#include "compiler/kernels/Builder.h"

namespace lathe::kernels {

class ChannelReduction {
public:
  /// Takes `channel_vectors`, `slices` and `chunk_rows` from the schedule.
  ChannelReduction(Builder &builder, const TensorType &type);

  /// An element of the tensor for channel `lane` of `tile` and a row of a
  /// chunk; `rows` is a domain of `rowDomain`.
  Index element(const Halide::Expr &chunk, const Halide::RDom &rows) const;
  Halide::RDom rowDomain(const Halide::Expr &chunk) const;
  /// Rows of a chunk, and rows before it in the tensor.
  Halide::Expr rowsOf(const Halide::Expr &chunk) const;
  Halide::Expr rowsBefore(const Halide::Expr &chunk) const;
  Halide::Expr allRows() const;

  /// The chunks of `slice`, as numbers of chunks.
  Halide::RDom chunkDomain() const;
  Halide::Expr chunkOf(const Halide::RDom &domain) const;
  Halide::Expr firstChunk(const Halide::Expr &ofSlice) const;

  /// combined(lane, tile) as a function of the channel.
  Halide::Expr ofChannel(const Halide::Func &combined,
                         const Halide::Expr &channel, int value) const;

  static const Halide::Var lane, tile, chunk, slice;
  int slices;

private:
  Halide::Expr channel() const;
  Halide::Expr chunks() const;
  TensorType type;
  Halide::Expr images; ///< extent of the outermost dimension
  int channels, tileChannels;
  int stripExtent = 1; ///< of the outermost dimension inside an image
  int rowsPerStrip = 1, stripRows = 1, strips = 1;
};

/// What schedules find: the values of channels, and what chunks make, from the
/// last step to the first. The sums of slices are the anchor.
struct ChannelFunctions {
  Halide::Func combined;
  std::vector<Halide::Func> ofChunk;
};

/// Sums of one or two functions of the element's index.
using ElementFunction = std::function<Halide::Expr(const Index &)>;
void buildChannelSums(Builder &builder, const TensorType &type,
                      const std::vector<ElementFunction> &summands,
                      int firstResult);

/// Strategy "channels": parameters channel_vectors, chunk_rows, slices, and
/// channel_tasks, which makes tasks of tiles of channels in place of slices.
/// `values` are reduced at once; `batch` is 0 where it is not known.
Parameters channelsParameters(const TensorType &type, int64_t batch,
                              const Machine &machine, int values);
void scheduleChannels(Builder &builder, const TensorType &type);

} // namespace lathe::kernels

#endif // LATHE_COMPILER_KERNELS_CHANNELREDUCTION_H
