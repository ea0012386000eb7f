// finite.h: training that diverges is noticed before it is saved.
#pragma once

#include "runtime/model_memory.h"

namespace lathe {

// The first tensor of params and state that has an infinite or NaN element and
// did not begin with one; nullptr where there is none.
const lathe_tensor *first_not_finite(const lathe_model &model,
                                     const ModelMemory &memory);

} // namespace lathe
