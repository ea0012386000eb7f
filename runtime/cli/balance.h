// balance.h: what the recipe's class_weight: balanced and sampling make of the
// training data, in words and numbers.
#pragma once

#include "runtime/artifact.h"
#include "runtime/data/class_names.h"

#include <cstdint>
#include <string>
#include <vector>

namespace lathe {

// How many samples each class has; empty where samples have several labels.
using ClassSizes = std::vector<int64_t>;
ClassSizes class_sizes(const lathe_dataset &data, const lathe_model &model);

// "oversample"
const char *sampling_name(int32_t sampling);

// The largest size over the smallest of those that are not 0; 1 without any.
double imbalance(const ClassSizes &sizes);

// Samples of an epoch of `count` that are given.
int64_t samples_of_epoch(const lathe_recipe &recipe, const ClassSizes &sizes,
                         int64_t count);

// "class weights: cats 0.667, dogs 2", "oversample: 180 samples an epoch, 60 of
// each class"; "" where the recipe balances nothing.
std::string describe_balance(const lathe_recipe &recipe,
                             const ClassSizes &sizes, const ClassNames &names);

} // namespace lathe
