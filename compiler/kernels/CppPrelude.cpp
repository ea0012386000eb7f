//===- CppPrelude.cpp - What generated C++ stands on ---------------------===//
//
// Concrete vector typedefs and always_inline functions: g++ 12 keeps them in
// registers, which it does not do with a templated wrapper class.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/CppEmitter.h"

#include <algorithm>
#include <bit>
#include <fmt/format.h>

using namespace Halide;

namespace lathe::kernels {

static std::string elementName(const Type &type) {
  if (type.is_bool())
    return "i32"; // a mask, see CppPrelude::name
  return fmt::format("{}{}",
                     type.is_float() ? 'f'
                     : type.is_int() ? 'i'
                                     : 'u',
                     type.bits());
}

static std::string scalarName(const std::string &element) {
  if (element[0] == 'f')
    return element == "f32" ? "float" : "double";
  return fmt::format("{}int{}_t", element[0] == 'u' ? "u" : "",
                     element.substr(1));
}

std::string CppPrelude::name(const Type &type) {
  if (type.is_handle())
    return "void *";
  if (type.is_scalar())
    return type.is_bool() ? "bool" : scalarName(elementName(type));
  vectors.emplace(type.lanes(), elementName(type));
  return fmt::format("{}x{}", elementName(type), type.lanes());
}

std::string CppPrelude::helper(const std::string &operation, const Type &type) {
  std::string typeName = type.is_scalar() ? elementName(type)
                                          : name(type); // registers the typedef
  helpers.emplace(operation, typeName);
  return operation + "_" + typeName;
}

/// The lanes of a vector in C++, where GCC has powers of two only. A constant
/// fills those that are too many, so that none divides by zero.
static int paddedLanes(int lanes) {
  return static_cast<int>(std::bit_ceil(static_cast<unsigned>(lanes)));
}

/// Defines one helper. `V` stands for the type, `T` for its element, `N` for
/// the number of lanes and `X` for the type's short name.
static std::string define(const std::string &operation,
                          const std::string &typeName) {
  static const std::pair<const char *, const char *> bodies[] = {
      {"load", "V load_X(const T *p) { V v = V(); __builtin_memcpy(&v, p, "
               "N * sizeof(T)); return v; }"},
      {"store", "void store_X(T *p, V v) { __builtin_memcpy(p, &v, "
                "N * sizeof(T)); }"},
      {"max", "V max_X(V a, V b) { return a > b ? a : b; }"},
      {"min", "V min_X(V a, V b) { return a < b ? a : b; }"},
      {"maximum", "V maximum_X(V a, V b) { V m = a > b ? a : b; return a != a "
                  "? a : m; }"},
      {"minimum", "V minimum_X(V a, V b) { V m = a < b ? a : b; return a != a "
                  "? a : m; }"},
      {"floor_div",
       "V floor_div_X(V a, V b) { V q = a / b; return a - q * b < 0 ? q - 1 : "
       "q; }"},
      {"floor_mod",
       "V floor_mod_X(V a, V b) { V r = a % b; return r < 0 ? r + b : r; }"},
  };
  size_t x = typeName.find('x');
  bool vector = x != std::string::npos;
  std::string element = scalarName(typeName.substr(0, x));
  std::string lanes = vector ? typeName.substr(x + 1) : "1", body;
  for (auto [name, text] : bodies)
    if (operation == name)
      body = text;
  bool isDouble = element == "double";
  if (operation == "splat") {
    std::string list;
    for (int i = 0; i < paddedLanes(std::stoi(lanes)); ++i)
      list += i ? ", x" : "x";
    body = "V splat_X(T x) { return V{" + list + "}; }";
  } else if (operation == "ramp") {
    std::string list;
    for (int i = 0; i < paddedLanes(std::stoi(lanes)); ++i)
      list += fmt::format("{}base + {} * stride", i ? ", " : "", i);
    body = "V ramp_X(T base, T stride) { return V{" + list + "}; }";
  } else if (operation == "abs" && vector) {
    body = "V abs_X(V x) { return (V)((i32xN)x & 0x7fffffff); }";
  } else if (operation == "abs") {
    body = isDouble ? "T abs_X(T x) { return __builtin_fabs(x); }"
                    : "T abs_X(T x) { return __builtin_fabsf(x); }";
  } else if (operation == "ceil" || operation == "cos" ||
             operation == "round" || operation == "sin") {
    std::string name = operation == "round" ? "rint" : operation;
    body = vector
               ? "V " + operation +
                     "_X(V x) { for (int i = 0; i < N; ++i) x[i] = __builtin_" +
                     name + "f(x[i]); return x; }"
               : "T " + operation + "_X(T x) { return __builtin_" + name +
                     "f(x); }";
  } else if (operation == "unordered") {
    body = std::string(vector ? "i32xN" : "bool") +
           " unordered_X(V a, V b) { return (a != a) | (b != b); }";
  } else if (operation == "floor" && !vector) {
    body = isDouble ? "T floor_X(T x) { return __builtin_floor(x); }"
                    : "T floor_X(T x) { return __builtin_floorf(x); }";
  } else if (operation == "floor") {
    // Through integers; larger values are whole already.
    body =
        "V floor_X(V x) { V t = "
        "__builtin_convertvector(__builtin_convertvector(x, i32xN), V); "
        "t = t > x ? t - 1 : t; return ((x < 1e9f) & (x > -1e9f)) ? t : x; }";
  } else if (operation == "sqrt" && !vector) {
    body = isDouble ? "T sqrt_X(T x) { return __builtin_sqrt(x); }"
                    : "T sqrt_X(T x) { return __builtin_sqrtf(x); }";
  } else if (operation == "sqrt") {
    // Compilers make a vector instruction of a loop only without errno, and not
    // all have the generic builtin. GCC 12 warns of its own _mm512_sqrt_ps,
    // which reads an undefined vector.
    struct Width {
      const char *lanes, *macro, *call, *type;
    };
    static constexpr Width widths[] = {
        {"16", "__AVX512F__", "_mm512_maskz_sqrt_ps(0xffff, ", "__m512"},
        {"8", "__AVX__", "_mm256_sqrt_ps(", "__m256"},
        {"4", "__SSE__", "_mm_sqrt_ps(", "__m128"}};
    body = "V sqrt_X(V x) {\n#if ";
    for (const Width &width : widths)
      if (element == "float" && lanes == width.lanes)
        body += fmt::format("defined({})\n  return (V){}({})x);\n#elif ",
                            width.macro, width.call, width.type);
    body += "LATHE_HAS_SQRT\n  return __builtin_elementwise_sqrt(x);\n"
            "#else\n  for (int i = 0; i < N; ++i)\n    x[i] = " +
            std::string(isDouble ? "__builtin_sqrt" : "__builtin_sqrtf") +
            "(x[i]);\n  return x;\n#endif\n}";
  } else if (operation == "bits_as" && !vector) {
    body = "template <class S> T bits_as_X(S s) { T t; static_assert(sizeof s "
           "== sizeof t, \"\"); "
           "__builtin_memcpy(&t, &s, sizeof t); return t; }";
  }
  std::string result;
  for (size_t i = 0; i < body.size(); ++i) {
    auto wordAt = [&](size_t k) {
      return k < body.size() &&
             (std::isalnum(static_cast<unsigned char>(body[k])) ||
              body[k] == '_');
    };
    bool begins = i == 0 || !wordAt(i - 1) || body[i - 1] == '_' ||
                  (body[i] == 'N' && body[i - 1] == 'x');
    bool ends = !wordAt(i + 1);
    if (begins && ends && body[i] == 'V')
      result += vector ? typeName : element;
    else if (begins && ends && body[i] == 'T')
      result += element;
    else if (begins && ends && body[i] == 'X')
      result += typeName;
    else if (begins && ends && body[i] == 'N')
      result += lanes;
    else
      result += body[i];
  }
  size_t at = result.rfind("template <class S> ", 0) == 0 ? 19 : 0;
  return result.insert(at, "LATHE_INLINE ") + "\n";
}

std::string CppPrelude::text() const {
  std::string text = "#define LATHE_INLINE static inline "
                     "__attribute__((always_inline, unused))\n";
  std::set<std::pair<int, std::string>> all = vectors;
  for (const auto &[operation, typeName] : helpers)
    if ((operation == "abs" || operation == "floor" ||
         operation == "unordered") &&
        typeName.find('x') != std::string::npos)
      all.emplace(std::stoi(typeName.substr(typeName.find('x') + 1)), "i32");
  for (const auto &[lanes, element] : all) {
    std::string scalar = scalarName(element);
    int bits = std::stoi(element.substr(1));
    text += fmt::format("typedef {} {}x{} __attribute__((vector_size({})));\n",
                        scalar, element, lanes, bits / 8 * paddedLanes(lanes));
  }
  auto isVectorRoot = [](const auto &helper) {
    return helper.first == "sqrt" &&
           helper.second.find('x') != std::string::npos;
  };
  if (std::any_of(helpers.begin(), helpers.end(), isVectorRoot))
    text += "#if defined(__x86_64__)\n#include <immintrin.h>\n#endif\n"
            "#if defined(__has_builtin)\n"
            "#if __has_builtin(__builtin_elementwise_sqrt)\n"
            "#define LATHE_HAS_SQRT 1\n#endif\n#endif\n"
            "#ifndef LATHE_HAS_SQRT\n#define LATHE_HAS_SQRT 0\n#endif\n";
  for (const auto &[operation, typeName] : helpers)
    text += define(operation, typeName);
  return text;
}

} // namespace lathe::kernels
