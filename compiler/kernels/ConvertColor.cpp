//===- ConvertColor.cpp - sRGB as L, a, b, and back ----------------------===//
//
// CIE L*a*b* of bytes by OpenCV's integer arithmetic: gammas and cube roots
// come from tables, all else are products of fixed-point numbers.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Ieee.h"
#include "compiler/kernels/Pictures.h"
#include "compiler/kernels/VectorMath.h"

#include <array>
#include <cmath>

using namespace Halide;

namespace lathe::kernels {

namespace {
// Bits behind the point: of the matrices, of linear light beyond 8 bits, of
// what the cube roots are, of X, Y, Z and their roots on the way back, and of
// linear light there.
constexpr int matrixBits = 12, lightBits = 3, rootBits = 15, xyzBits = 14,
              inverseBits = 12;
constexpr int brightest = 255 << lightBits;

using Matrix = std::array<std::array<int, 3>, 3>;
// Of sRGB's primaries and the white D65: to X/Xw, Y, Z/Zw, and back.
constexpr Matrix toXyz = {
    {{1777, 1541, 778}, {871, 2929, 296}, {73, 448, 3575}}};
constexpr Matrix toRgb = {
    {{12615, -6296, -2223}, {-3773, 7684, 185}, {217, -836, 4715}}};

using Triple = std::array<Expr, 3>;

/// x/2^bits, rounded.
Expr descale(const Expr &x, int bits) {
  return (x + (1 << (bits - 1))) >> bits;
}

Triple product(const Matrix &matrix, const Triple &x, int bits) {
  Triple result;
  for (size_t row = 0; row < 3; ++row)
    result[row] = descale(matrix[row][0] * x[0] + matrix[row][1] * x[1] +
                              matrix[row][2] * x[2],
                          bits);
  return result;
}

/// What several expressions need of a pixel, computed once for a row.
Triple keptInRow(Builder &b, const Triple &x) {
  Func row("row");
  row(vx, vy, vn) = Tuple(x[0], x[1], x[2]);
  b.helpers.push_back(row);
  FuncRef at = row(vx, vy, vn);
  return {at[0], at[1], at[2]};
}

/// A function of whole numbers from 0 on, computed once in each call, and
/// looked up for a row of pixels at a time.
class Table {
public:
  Table(Builder &b, const char *name, int size,
        const std::function<Expr(const Expr &)> &compute)
      : b(b), size(size), values(name) {
    Var number("number");
    values(number) = cast<int>(compute(cast<float>(number)));
    values.vectorize(number, b.machine.lanes, TailStrategy::RoundUp);
    b.scalars.push_back(values);
  }
  Expr operator()(const Expr &number) const {
    Func place("place"), found("found");
    place(vx, vy, vn) = number;
    found(vx, vy, vn) =
        values(unsafe_promise_clamped(place(vx, vy, vn), 0, size - 1));
    b.helpers.push_back(place);
    b.lookups.push_back(found);
    return found(vx, vy, vn);
  }

private:
  Builder &b;
  int size;
  Func values;
};

/// Of a positive number, which is never half a whole one.
Expr rounded(const Expr &x) { return cast<int>(x + 0.5f); }

/// Of a byte, the linear light with lightBits more: a whole number, from which
/// the polynomial is less than 0.4886 away for each byte that is on no line.
Expr lightOf(const Expr &byte) {
  Expr v = cast<float>(byte);
  Expr power = polynomial(v, {-2.61657422e-13f, 3.0621658e-10f, -1.6868249e-07f,
                              8.14667073e-05f, 0.0166086908f, 0.243316799f,
                              2.16014481f});
  return cast<float>(rounded(select(v > 10.0f, power, v * (8 / 12.92f))));
}

/// The inverse of sRGB's transfer function, from 0 to 1.
Expr gamma(const Expr &x) {
  return select(x > 0.0031308f, 1.055f * vectorPower(x, 1 / 2.4f) - 0.055f,
                x * 12.92f);
}

/// The cube root, a line near 0, in double: OpenCV's table has its whole
/// numbers for all but roots that end in about 1/2.
Expr labRoot(const Expr &x) {
  Expr root = cast<double>(vectorPower(max(cast<float>(x), 1e-3f), 1.0f / 3));
  // A step of Newton's.
  root -= (root * root * root - x) / (Expr(3.0) * (root * root));
  return select(x < Expr(216.0 / 24389),
                x * Expr(841.0 / 108) + Expr(16.0 / 116), root);
}

Expr byte(const Expr &x) { return clamp(x, 0, 255); }

/// L, a, b of the bytes r, g, b.
class ToLab {
public:
  explicit ToLab(Builder &b)
      : b(b), root(b, "root", brightest + 1, [](const Expr &i) {
          return floor(labRoot(cast<double>(i) / Expr(double(brightest))) *
                           Expr(double(1 << rootBits)) +
                       Expr(0.5));
        }) {}

  Triple operator()(const Triple &rgb) const {
    Triple light = keptInRow(
               b, {lightOf(rgb[0]), lightOf(rgb[1]), lightOf(rgb[2])}),
           xyz;
    // Exact in float: sums are below 2^23, with matrixBits behind the point.
    for (size_t row = 0; row < 3; ++row) {
      Expr sum = 0.5f;
      for (size_t c = 0; c < 3; ++c)
        sum += light[c] * std::ldexp(float(toXyz[row][c]), -matrixBits);
      xyz[row] = cast<int>(sum);
    }
    Expr x = root(xyz[0]), y = root(xyz[1]), z = root(xyz[2]);
    // L = 116 y - 16 of 100, as 255.
    constexpr int scale = (116 * 255 + 50) / 100,
                  offset = (16 * 255 * (1 << rootBits) + 50) / 100;
    // Exact in float for all that are not clamped.
    auto color = [](const Expr &difference, float factor) {
      Expr value = cast<float>(difference) * std::ldexp(factor, -rootBits);
      return cast<int>(clamp(value + 128.5f, 0.0f, 255.5f));
    };
    return {byte(descale(scale * y - offset, rootBits)), color(x - y, 500),
            color(y - z, 200)};
  }

private:
  Builder &b;
  Table root;
};

/// The bytes r, g, b of L, a, b.
class ToRgb {
public:
  explicit ToRgb(Builder &b)
      : b(b), value(b, "value", 1 << inverseBits, [](const Expr &i) {
          return round(255.0f * gamma(i * (1.0f / (1 << inverseBits))));
        }) {}

  Triple operator()(const Triple &lab) const {
    // a/500 and b/200, by multiplication.
    Expr u = ((5 * lab[1] * 53687 + (1 << 7)) >> 13) - 128 * one / 500;
    Expr v = ((lab[2] * 41943 + (1 << 4)) >> 9) - 128 * one / 200 + 1;
    Expr root = rootOf(cast<float>(lab[0])), y = rounded(root);
    Triple xyz =
        keptInRow(b, {cube(y + u), luminance(lab[0], root), cube(y - v)});
    Triple rgb = product(toRgb, xyz, matrixBits + xyzBits - inverseBits);
    for (Expr &color : rgb)
      color = value(clamp(color, 0, (1 << inverseBits) - 1));
    return rgb;
  }

private:
  static constexpr int one = 1 << xyzBits;

  /// (L + 16)/116, also where L is a line.
  static Expr rootOf(const Expr &i) {
    return (i * (100.0f / (255 * 116)) + 16.0f / 116) * float(one);
  }
  /// Y of L and its root.
  static Expr luminance(const Expr &i, const Expr &root) {
    Expr f = root * (1.0f / one);
    Expr line = cast<float>(i) * (180.0f / (17 * 24389));
    return rounded(select(i > 20, f * f * f, line) * float(one));
  }
  static Expr cube(const Expr &root) {
    // root·108/841 towards zero; what is added is less than 1/841.
    Expr line = cast<int>(cast<float>(root) * 108.0f * (1.0f / 841) +
                          select(root < 0, -1e-4f, 1e-4f)) -
                one * 16 / 116 * 108 / 841;
    Expr power = (((root * root) >> xyzBits) * root) >> xyzBits;
    return select(root <= 3390, line, power);
  }

  Builder &b;
  Table value;
};
} // namespace

namespace {
/// Between the values of an image and those of bytes.
struct Scale {
  float low, high;
  explicit Scale(const Node &node)
      : low(static_cast<float>(floatAttribute(node, "low", 0))),
        high(static_cast<float>(floatAttribute(node, "high", 255))) {}

  Expr toBytes(const Expr &x) const {
    float factor = 255 / (high - low);
    Expr u = low == 0 ? x : x - low;
    return factor == 1 ? u : u * factor;
  }
  Expr fromBytes(const Expr &u) const {
    float factor = (high - low) / 255;
    Expr x = factor == 1 ? u : u * factor;
    return low == 0 ? x : x + low;
  }
};
} // namespace

void buildConvertColor(Builder &b, const Node &node, int firstResult) {
  Value image = b.operand(node, 0);
  if (image.rank() != 4 || image.size(0) != 3)
    throw NotApplicable("convert_color takes images of three colours");
  bool isToLab = textAttribute(node, "to", "") == "lab";
  Scale scale(node);
  Triple bytes;
  Expr isNumber;
  for (int c = 0; c < 3; ++c) {
    Expr x = image.at({c, vx, vy, vn}), u = isToLab ? scale.toBytes(x) : x;
    bytes[c] = cast<int>(round(select(u > 0.0f, min(u, 255.0f), 0.0f)));
    Expr number = !isNaN(x);
    isNumber = c ? isNumber && number : number;
  }
  Triple converted = isToLab ? ToLab(b)(bytes) : ToRgb(b)(bytes);
  std::vector<Expr> channels;
  for (Expr &channel : converted) {
    Expr value = cast<float>(channel);
    channels.push_back(select(isNumber,
                              isToLab ? value : scale.fromBytes(value),
                              Internal::make_const(Float(32), NAN)));
  }
  Func pixel("pixel");
  pixel(vx, vy, vn) = Tuple(channels);
  b.helpers.push_back(pixel);
  b.values[firstResult].at = [=](const Index &i) {
    FuncRef at = pixel(i[1], i[2], i[3]);
    return select(i[0] == 0, Expr(at[0]), i[0] == 1, Expr(at[1]), Expr(at[2]));
  };
}

} // namespace lathe::kernels
