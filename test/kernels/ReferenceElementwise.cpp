//===- ReferenceElementwise.cpp - Elementwise operations by naive loops --===//

#include "test/kernels/ReferenceOps.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace lathe::kernels::reference {

double number(const Node &node, const char *name, double otherwise) {
  auto it = node.attributes.find(name);
  if (it == node.attributes.end())
    return otherwise;
  if (const auto *integer = std::get_if<int64_t>(&it->second))
    return static_cast<double>(*integer);
  return std::get<double>(it->second);
}
std::string text(const Node &node, const char *name) {
  return std::get<std::string>(node.attributes.at(name));
}

std::vector<int64_t> indexOf(const std::vector<int64_t> &shape, size_t flat) {
  std::vector<int64_t> index(shape.size());
  for (size_t d = shape.size(); d-- > 0;) {
    index[d] = static_cast<int64_t>(flat) % shape[d];
    flat /= shape[d];
  }
  return index;
}

double broadcastAt(const Tensor &x, const std::vector<int64_t> &index) {
  size_t offset = 0, missing = index.size() - x.shape.size();
  for (size_t d = 0; d < x.shape.size(); ++d) {
    if (x.shape[d] != 1 && index[d + missing] >= x.shape[d])
      throw std::out_of_range("reference broadcast");
    offset = offset * x.shape[d] + (x.shape[d] == 1 ? 0 : index[d + missing]);
  }
  return x.data[offset];
}

double larger(double a, double b) {
  return std::isnan(a) || std::isnan(b) ? NAN : std::max(a, b);
}
double smaller(double a, double b) {
  return std::isnan(a) || std::isnan(b) ? NAN : std::min(a, b);
}

static uint32_t hash(uint32_t x, uint32_t between) {
  x = (x ^ (x >> 16)) * 0x21f0aaadu + between;
  x = (x ^ (x >> 15)) * 0x735a2d97u;
  return x ^ (x >> 15);
}

Stream::Stream(uint64_t seed, uint64_t iteration, uint64_t key)
    : first(static_cast<uint32_t>(key)),
      second(static_cast<uint32_t>(key >> 32)) {
  for (uint64_t absorbed : {seed, iteration})
    for (int shift : {0, 32})
      absorb(static_cast<uint32_t>(absorbed >> shift));
}

Stream Stream::ofKeys(double first, double second) {
  auto key = [](double x) {
    return static_cast<uint32_t>(std::max(x, 0.0));
  };
  Stream stream(key(first), key(second));
  stream.absorb(0);
  return stream;
}

void Stream::absorb(uint32_t word) {
  first = hash(first + 0x9e3779b9u + word, second);
  second = hash(second + 0x85ebca6bu + word, first);
}

double Stream::share(uint32_t index) const {
  return (hash(index + first, second) >> 8) / 16777216.0;
}

double Stream::otherShare(uint32_t index) const {
  return (hash(index + second, first) >> 8) / 16777216.0;
}

bool Stream::keeps(uint32_t index, double rate) const {
  return static_cast<double>(hash(index + first, second) >> 1) >=
         rate * 2147483648.0;
}

double Stream::normal(uint32_t index) const {
  return std::sqrt(-2 * std::log(share(index) + 1 / 16777216.0)) *
         std::cos(2 * std::acos(-1.0) * otherShare(index));
}

double activation(const std::string &f, double x, double alpha) {
  auto sigmoid = [](double v) { return 1 / (1 + std::exp(-v)); };
  auto relu6 = [](double v) { return between(v, 0, 6); };
  double pi = std::acos(-1.0);
  if (f == "leaky_relu")
    return x > 0 ? x : alpha * x;
  if (f == "relu6")
    return relu6(x);
  if (f == "elu")
    return x > 0 ? x : alpha * std::expm1(x);
  if (f == "selu")
    return 1.0507009873554805 *
           (x > 0 ? x : 1.6732632423543772 * std::expm1(x));
  if (f == "gelu")
    return x / 2 * std::erfc(-x / std::sqrt(2.0));
  if (f == "gelu_tanh")
    return x / 2 *
           (1 + std::tanh(std::sqrt(2 / pi) * (x + 0.044715 * x * x * x)));
  if (f == "silu")
    return x * sigmoid(x);
  if (f == "mish")
    return x * std::tanh(std::log1p(std::exp(x)));
  if (f == "hard_silu")
    return x * relu6(x + 3) / 6;
  if (f == "hard_sigmoid")
    return relu6(x + 3) / 6;
  if (f == "sigmoid")
    return sigmoid(x);
  if (f == "tanh")
    return std::tanh(x);
  if (f == "softplus")
    return x > 40 ? x : std::log1p(std::exp(x));
  if (f == "softsign")
    return x / (1 + std::fabs(x));
  if (f == "exponential")
    return std::exp(x);
  throw std::invalid_argument("the reference does not know " + f);
}

double activationSlope(const std::string &f, double saved, double alpha) {
  double y = saved; // of the functions whose gradient is computed from y
  if (f == "relu6")
    return y <= 0 || y >= 6 ? 0 : 1;
  if (f == "hard_sigmoid")
    return y <= 0 || y >= 1 ? 0 : 1.0 / 6;
  if (f == "selu")
    return y > 0 ? 1.0507009873554805
                 : y + 1.0507009873554805 * 1.6732632423543772;
  if (f == "sigmoid")
    return y * (1 - y);
  if (f == "tanh")
    return 1 - y * y;
  if (f == "exponential")
    return y;
  if (f == "hard_silu")
    return saved <= -3 ? 0 : saved >= 3 ? 1 : saved / 3 + 0.5;
  if (f == "leaky_relu" || f == "elu")
    return saved > 0 ? 1 : alpha * (f == "elu" ? std::exp(saved) : 1);
  double step = 1e-5; // from x: finite differences
  return (activation(f, saved + step, alpha) -
          activation(f, saved - step, alpha)) /
         (2 * step);
}

namespace {
using Elements = const std::vector<double> &;

bool holds(const std::string &predicate, double a, double b) {
  return predicate == "ge"   ? a >= b
         : predicate == "gt" ? a > b
         : predicate == "le" ? a <= b
                             : a < b;
}

const std::pair<const char *, double (*)(const Node &, Elements)> singles[] = {
    {"accumulate_gradient",
     [](const Node &node, Elements x) {
       double steps = number(node, "steps"), place = std::fmod(x[2], steps);
       double sum = place == 0 ? x[1] : x[0] + x[1];
       return place == steps - 1 ? sum / steps : sum;
     }},
    {"activation",
     [](const Node &node, Elements x) {
       return activation(text(node, "function"), x[0], number(node, "alpha"));
     }},
    {"activation_backward",
     [](const Node &node, Elements x) {
       double slope =
           activationSlope(text(node, "function"), x[1], number(node, "alpha"));
       return slope == 0 ? 0 : x[0] * slope;
     }},
    {"add", [](const Node &, Elements x) { return x[0] + x[1]; }},
    {"average_weights",
     [](const Node &node, Elements x) {
       double momentum = number(node, "momentum");
       return x[2] == 0 ? x[1] : momentum * x[0] + (1 - momentum) * x[1];
     }},
    {"batch_norm_scale",
     [](const Node &node, Elements x) {
       return x[0] / std::sqrt(x[1] + number(node, "epsilon"));
     }},
    {"bias_add", [](const Node &, Elements x) { return x[0] + x[1]; }},
    {"broadcast", [](const Node &, Elements x) { return x[0]; }},
    {"clip",
     [](const Node &node, Elements x) {
       return between(x[0], number(node, "low"), number(node, "high"));
     }},
    {"clip_by_norm",
     [](const Node &node, Elements x) {
       double norm = number(node, "norm");
       return x[0] * (norm / larger(std::sqrt(x[1]), norm));
     }},
    {"constant",
     [](const Node &node, Elements) { return number(node, "value"); }},
    {"increment", [](const Node &, Elements x) { return x[0] + 1; }},
    {"mask",
     [](const Node &node, Elements x) {
       return holds(text(node, "predicate"), x[1], x[2]) ? x[0] : 0;
     }},
    {"maximum", [](const Node &, Elements x) { return larger(x[0], x[1]); }},
    {"minimum", [](const Node &, Elements x) { return smaller(x[0], x[1]); }},
    {"moving_average",
     [](const Node &node, Elements x) {
       double momentum = number(node, "momentum");
       return x[0] * momentum + x[1] * (1 - momentum);
     }},
    {"multiply", [](const Node &, Elements x) { return x[0] * x[1]; }},
    {"normalize",
     [](const Node &, Elements x) { return (x[0] - x[1]) * x[2] + x[3]; }},
    {"normalize_backward",
     [](const Node &, Elements x) {
       return x[3] * x[0] + x[4] * (x[1] - x[2]) + x[5];
     }},
    {"relu", [](const Node &, Elements x) { return larger(x[0], 0); }},
    {"relu_backward",
     [](const Node &, Elements x) { return x[1] <= 0 ? 0 : x[0]; }},
    {"scale",
     [](const Node &node, Elements x) {
       return x[0] * number(node, "scale", 1) + number(node, "offset");
     }},
    {"subtract", [](const Node &, Elements x) { return x[0] - x[1]; }},
};

void batchNormFactors(const Node &node, Operands x, Results r, int64_t n) {
  double m = static_cast<double>(n) * number(node, "positions");
  for (size_t i = 0; i < r[0].data.size(); ++i) {
    double s = x[0]->data[i], t = x[1]->data[i], scale = x[2]->data[i];
    double inverse = 1 / std::sqrt(x[3]->data[i] + number(node, "epsilon"));
    r[0].data[i] = -scale * inverse * inverse * t / m;
    r[1].data[i] = -scale * s / m;
    r[2].data[i] = t * inverse;
  }
}

void random(const Node &node, Operands x, Results r) {
  std::vector<int64_t> shared = r[0].shape;
  if (auto it = node.attributes.find("shared_axes");
      it != node.attributes.end())
    for (int64_t axis : std::get<std::vector<int64_t>>(it->second))
      shared[axis] = 1;
  Stream stream(static_cast<uint64_t>(static_cast<int64_t>(x[2]->data[0])),
                static_cast<uint64_t>(static_cast<int64_t>(x[1]->data[0])),
                static_cast<uint64_t>(number(node, "key")));
  for (size_t i = 0; i < r[0].data.size(); ++i) {
    std::vector<int64_t> index = indexOf(r[0].shape, i);
    uint32_t flat = 0;
    for (size_t d = 0; d < index.size(); ++d)
      flat = flat * static_cast<uint32_t>(shared[d]) +
             static_cast<uint32_t>(shared[d] == 1 ? 0 : index[d]);
    double value = x[0]->data[i];
    if (node.op == "gaussian_noise") {
      r[0].data[i] = value + number(node, "stddev") * stream.normal(flat);
      continue;
    }
    double rate = number(node, "rate");
    r[0].data[i] = stream.keeps(flat, rate) ? value / (1 - rate) : 0;
  }
}
} // namespace

bool computeElementwise(const Node &node, Operands x, Results r, int64_t n) {
  bool isVector =
      node.op == "constant" &&
      std::holds_alternative<std::vector<double>>(node.attributes.at("value"));
  for (auto [op, f] : singles)
    if (node.op == op && !isVector) {
      for (size_t i = 0; i < r[0].data.size(); ++i) {
        std::vector<int64_t> index = indexOf(r[0].shape, i);
        std::vector<double> elements;
        for (const Tensor *operand : x)
          elements.push_back(broadcastAt(*operand, index));
        r[0].data[i] = f(node, elements);
      }
      return true;
    }
  if (node.op == "constant")
    r[0].data = std::get<std::vector<double>>(node.attributes.at("value"));
  else if (node.op == "batch_norm_factors")
    batchNormFactors(node, x, r, n);
  else if (node.op == "dropout" || node.op == "gaussian_noise")
    random(node, x, r);
  else
    return false;
  return true;
}

} // namespace lathe::kernels::reference
