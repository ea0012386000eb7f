// split_ways.h: the ways in which split.cpp divides samples.
#pragma once

#include "runtime/data/split.h"

namespace lathe {

using Samples = std::vector<int64_t>;

// These samples of each class, or all of them as one class; files in the seed's
// order, arrays in their own or, where `shuffled`, in the seed's.
std::vector<Samples> by_class(const Dataset &dataset, const Samples &samples,
                              int32_t classes, uint64_t seed,
                              bool shuffled = false);

// At most `limit` of these samples, an even share of each class.
void keep_even_share(const Dataset &dataset, int32_t classes, int64_t limit,
                     uint64_t seed, Samples &samples);

// As many samples as this share of them is, as Keras counts.
int64_t share_of(int64_t count, double share);

// Shares of each class, or of all samples. Sorted by the caller.
void split_by_class(const Dataset &dataset, int32_t classes,
                    const SplitRule &rule, Split &split);

// The same of groups as a whole, as near to the shares as that goes. Throws
// Error for files whose names do not fit the pattern.
void split_by_group(const Dataset &dataset, int32_t classes,
                    const SplitRule &rule, Split &split);

// The files that Keras would take, in its order. Throws Error where they are
// not class folders, or where Keras would take what is no sample here.
void split_as_keras(const Dataset &dataset, const SplitRule &rule,
                    Split &split);

// What numpy.random.RandomState(seed).shuffle makes of [0, count).
std::vector<int64_t> numpy_shuffled(uint32_t seed, int64_t count);

} // namespace lathe
