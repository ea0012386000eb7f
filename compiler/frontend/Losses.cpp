//===- Losses.cpp - The table of losses -----------------------------------===//
#include "compiler/frontend/RecipeTables.h"

using namespace lathe::frontend;

namespace {

constexpr Argument crossEntropyArguments[] = {
    {.name = "from_logits",
     .kind = Kind::Flag,
     .fallback = "false",
     .doc =
         "the last layer gives logits: a softmax is appended, so that predict "
         "gives probabilities"},
};

constexpr Row lossRows[] = {
    {"CategoricalCrossentropy", "categorical_crossentropy",
     "mean of -log(probability of the right class)",
     "loss: {categorical_crossentropy: {from_logits: true}}",
     crossEntropyArguments},
    {"SparseCategoricalCrossentropy", "sparse_categorical_crossentropy",
     "the same; both take class numbers as labels",
     "loss: sparse_categorical_crossentropy", crossEntropyArguments},
};

} // namespace

constexpr Family lathe::frontend::lossFamily{.noun = "loss",
                            .nouns = "losses",
                            .summary = "what training makes small",
                            .rows = lossRows,
                            .byIdentifier = true};

const Family &lathe::frontend::losses() { return lossFamily; }
