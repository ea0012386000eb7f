// Precompiled.h: Halide's header, parsed once. Each file includes what it uses
// all the same.
#include <Halide.h>

#include <algorithm>
#include <fmt/format.h>
#include <functional>
#include <map>
#include <string>
#include <vector>
