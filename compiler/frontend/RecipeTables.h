//===- RecipeTables.h - What the recipe's tables share ----------*- C++ -*-===//
#ifndef LATHE_COMPILER_FRONTEND_RECIPETABLES_H
#define LATHE_COMPILER_FRONTEND_RECIPETABLES_H

#include "compiler/frontend/Language.h"

namespace lathe::frontend {

extern const Family optimizerFamily, scheduleFamily, lossFamily, callbackFamily;

inline constexpr Range fractionRange{.least = 0, .most = 1, .openMost = true};
inline constexpr Range notNegative{.least = 0};
inline constexpr Range positive{.least = 0, .openLeast = true};
inline constexpr Range countRange{1, 1e9};

} // namespace lathe::frontend

#endif // LATHE_COMPILER_FRONTEND_RECIPETABLES_H
