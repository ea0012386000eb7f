// tensor_layout.cpp: see tensor_layout.h.
#include "runtime/tensor_layout.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace lathe {

namespace {

using Extents = TensorLayout::Extents;
using Step = TensorLayout::Step;

constexpr int64_t most_elements = int64_t(1) << 48;

// -1 where there are too many, or an extent is negative.
int64_t element_count(const Extents &extents) {
  int64_t count = 1;
  for (int64_t extent : extents) {
    if (extent < 0 || (extent > 0 && count > most_elements / extent))
      return -1;
    count *= extent;
  }
  return count;
}

Extents permuted(const Extents &extents, const Extents &permutation) {
  Extents result;
  for (int64_t axis : permutation)
    result.push_back(extents[size_t(axis)]);
  return result;
}

bool is_permutation(const Extents &list, size_t rank) {
  Extents sorted = list, wanted(rank);
  std::sort(sorted.begin(), sorted.end());
  std::iota(wanted.begin(), wanted.end(), 0);
  return sorted == wanted;
}

//===- Steps: as few dimensions as there can be ---------------------------===//

// Without extents of 1; dimensions that stay neighbours are one.
Step simplified(const Step &step) {
  struct Run {
    int64_t first, last, extent;
  };
  std::vector<Run> runs; // in the order of the result
  auto only_ones = [&](int64_t begin, int64_t end) {
    return std::all_of(step.extents.begin() + begin, step.extents.begin() + end,
                       [](int64_t extent) { return extent == 1; });
  };
  for (int64_t axis : step.permutation) {
    int64_t extent = step.extents[size_t(axis)];
    if (extent == 1)
      continue;
    if (!runs.empty() && runs.back().last < axis &&
        only_ones(runs.back().last + 1, axis)) {
      runs.back().last = axis;
      runs.back().extent *= extent;
    } else {
      runs.push_back({axis, axis, extent});
    }
  }
  Step result;
  for (const Run &run : runs)
    result.permutation.push_back(
        std::count_if(runs.begin(), runs.end(),
                      [&](const Run &r) { return r.first < run.first; }));
  result.extents.resize(runs.size());
  for (size_t i = 0; i < runs.size(); ++i)
    result.extents[size_t(result.permutation[i])] = runs[i].extent;
  return result;
}

// The extents that both are made of; nothing where they cut one apart.
std::optional<Extents> common_parts(Extents a, Extents b) {
  Extents parts;
  while (!a.empty() && !b.empty()) {
    int64_t part = std::min(a.back(), b.back());
    if (a.back() % part || b.back() % part)
      return std::nullopt;
    parts.insert(parts.begin(), part);
    for (Extents *list : {&a, &b})
      if ((list->back() /= part) == 1)
        list->pop_back();
  }
  return parts;
}

// The numbers of the parts that each extent is made of.
std::vector<Extents> group(const Extents &parts, const Extents &extents) {
  std::vector<Extents> groups;
  int64_t next = 0;
  for (int64_t extent : extents) {
    Extents &numbers = groups.emplace_back();
    for (int64_t count = 1; count < extent; ++next) {
      numbers.push_back(next);
      count *= parts[size_t(next)];
    }
  }
  return groups;
}

// Both in one, where that is possible.
std::optional<Step> fused(const Step &first, const Step &second) {
  Extents middle = permuted(first.extents, first.permutation);
  std::optional<Extents> parts = common_parts(middle, second.extents);
  if (!parts)
    return std::nullopt;
  std::vector<Extents> before = group(*parts, middle),
                       after = group(*parts, second.extents);
  // Where in the middle each dimension of the first is.
  std::vector<size_t> places(middle.size());
  for (size_t i = 0; i < middle.size(); ++i)
    places[size_t(first.permutation[i])] = i;
  Step result;
  Extents numbers(parts->size()); // of the parts, in the order of the source
  for (size_t place : places)
    for (int64_t part : before[place]) {
      numbers[size_t(part)] = int64_t(result.extents.size());
      result.extents.push_back((*parts)[size_t(part)]);
    }
  for (int64_t axis : second.permutation)
    for (int64_t part : after[size_t(axis)])
      result.permutation.push_back(numbers[size_t(part)]);
  return simplified(result);
}

//===- Moving elements ----------------------------------------------------===//

struct Dimension {
  int64_t extent, source, target; // strides, in elements
};

// Of the result, whose elements follow one another.
std::vector<Dimension> dimensions_of(const Step &step) {
  size_t rank = step.extents.size();
  std::vector<Dimension> dimensions(rank);
  std::vector<int64_t> strides(rank, 1);
  for (size_t i = rank - 1; i > 0; --i)
    strides[i - 1] = strides[i] * step.extents[i];
  int64_t stride = 1;
  for (size_t i = rank; i-- > 0;) {
    size_t axis = size_t(step.permutation[i]);
    dimensions[i] = {step.extents[axis], strides[axis], stride};
    stride *= step.extents[axis];
  }
  return dimensions;
}

// What is mapped from a file is at any address.
template <typename Element>
Element element_at(const char *place) {
  Element element;
  std::memcpy(&element, place, sizeof(element));
  return element;
}

// Squares of both, so that lines of the cache are used as a whole.
template <typename Element>
void transpose_plane(const char *source, Element *target, Dimension a,
                     Dimension b) {
  constexpr int64_t block = 16;
  for (int64_t i0 = 0; i0 < a.extent; i0 += block)
    for (int64_t j0 = 0; j0 < b.extent; j0 += block)
      for (int64_t i = i0; i < std::min(a.extent, i0 + block); ++i)
        for (int64_t j = j0; j < std::min(b.extent, j0 + block); ++j)
          target[i * a.target + j * b.target] =
              element_at<Element>(source + (i * a.source + j * b.source) *
                                               int64_t(sizeof(Element)));
}

template <typename Element>
void move(std::vector<Dimension> dimensions, const char *source, char *target) {
  // The last ones of the source and of the result: never the same where these
  // are not neighbours in both, except for a dimension that stays the last.
  Dimension a = {1, 0, 0}, b = dimensions.back();
  dimensions.pop_back();
  auto inner = std::find_if(dimensions.begin(), dimensions.end(),
                            [](const Dimension &d) { return d.source == 1; });
  if (inner != dimensions.end()) {
    a = *inner;
    dimensions.erase(inner);
  }
  constexpr int64_t width = sizeof(Element);
  std::vector<int64_t> index(dimensions.size());
  Element *to = reinterpret_cast<Element *>(target);
  for (;;) {
    transpose_plane(source, to, a, b);
    size_t i = dimensions.size();
    for (; i-- > 0;) {
      source += dimensions[i].source * width;
      to += dimensions[i].target;
      if (++index[i] < dimensions[i].extent)
        break;
      source -= dimensions[i].source * width * index[i];
      to -= dimensions[i].target * index[i];
      index[i] = 0;
    }
    if (i == size_t(-1))
      return;
  }
}

void apply(const std::vector<Dimension> &dimensions, const char *source,
           char *target, size_t width) {
  switch (width) {
  case 1:
    return move<uint8_t>(dimensions, source, target);
  case 4:
    return move<uint32_t>(dimensions, source, target);
  default:
    return move<uint64_t>(dimensions, source, target);
  }
}

using Use = std::function<void(const char *, size_t)>;

// Calls `use` with parts that have a range of one dimension, one index of each
// dimension before it, and all of those behind it.
void apply_parts(std::vector<Dimension> dimensions, size_t at,
                 const char *source, size_t width, std::vector<char> &room,
                 const Use &use) {
  Dimension &cut = dimensions[at];
  int64_t extent = cut.extent;
  int64_t bytes = cut.target * int64_t(width); // of one index
  int64_t most = std::max<int64_t>(1, int64_t(room.size()) / bytes);
  bool fits = bytes <= int64_t(room.size());
  for (int64_t i = 0; i < extent; i += cut.extent) {
    cut.extent = std::min(most, extent - i);
    const char *from = source + i * cut.source * int64_t(width);
    if (fits) {
      apply(dimensions, from, room.data(), width);
      use(room.data(), size_t(cut.extent * bytes));
    } else {
      apply_parts(dimensions, at + 1, from, width, room, use);
    }
  }
}

//===- Text ---------------------------------------------------------------===//

std::string list(const Extents &extents, char open, char close) {
  std::string text(1, open);
  for (size_t i = 0; i < extents.size(); ++i)
    text += (i ? "," : "") + std::to_string(extents[i]);
  return text + close;
}

// Takes "[3,4]" or "(1,0)" from the beginning of the text.
std::optional<Extents> take_list(std::string &text, char open, char close) {
  size_t end = text.find(close);
  if (text.empty() || text[0] != open || end == std::string::npos)
    return std::nullopt;
  Extents result;
  bool digits = false;
  for (size_t i = 1; i <= end; ++i) {
    if (i == end && result.empty())
      break; // nothing in it
    if (text[i] == ',' || i == end) {
      if (!digits)
        return std::nullopt;
      digits = false;
    } else if (text[i] < '0' || text[i] > '9') {
      return std::nullopt;
    } else {
      if (!digits)
        result.push_back(0);
      digits = true;
      if (result.back() > most_elements)
        return std::nullopt;
      result.back() = result.back() * 10 + (text[i] - '0');
    }
  }
  text.erase(0, end + 1);
  return result;
}

} // namespace

std::optional<TensorLayout> TensorLayout::parse(const std::string &text) {
  std::string rest = text;
  std::optional<Extents> shape = take_list(rest, '[', ']');
  if (!shape || element_count(*shape) < 0)
    return std::nullopt;
  TensorLayout layout(*shape);
  while (!rest.empty()) {
    if (rest[0] != ' ')
      return std::nullopt;
    rest.erase(0, 1);
    if (std::optional<Extents> order = take_list(rest, '(', ')')) {
      if (!is_permutation(*order, layout.to_.size()))
        return std::nullopt;
      layout.transpose(*order);
    } else if (std::optional<Extents> seen = take_list(rest, '[', ']')) {
      if (element_count(*seen) != element_count(layout.to_))
        return std::nullopt;
      layout.reshape(*seen);
    } else {
      return std::nullopt;
    }
  }
  return layout;
}

std::string TensorLayout::text() const {
  std::string text = list(from_, '[', ']');
  Extents now = from_;
  auto see_as = [&](const Extents &extents) {
    if (extents != now)
      text += " " + list(extents, '[', ']');
  };
  for (const Step &step : steps_) {
    see_as(step.extents);
    text += " " + list(step.permutation, '(', ')');
    now = permuted(step.extents, step.permutation);
  }
  see_as(to_);
  return text;
}

TensorLayout &TensorLayout::reshape(Extents shape) {
  to_ = std::move(shape);
  return *this;
}

TensorLayout &TensorLayout::transpose(const Extents &permutation) {
  add({to_, permutation});
  to_ = permuted(to_, permutation);
  return *this;
}

TensorLayout &TensorLayout::append(const TensorLayout &next) {
  for (const Step &step : next.steps_)
    add(step);
  to_ = next.to_;
  return *this;
}

TensorLayout TensorLayout::inverse() const {
  TensorLayout result(to_);
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    Extents back(step->permutation.size());
    for (size_t i = 0; i < back.size(); ++i)
      back[size_t(step->permutation[i])] = int64_t(i);
    result.add({permuted(step->extents, step->permutation), back});
  }
  result.to_ = from_;
  return result;
}

void TensorLayout::add(Step step) {
  if (element_count(step.extents) == 0)
    return;
  step = simplified(step);
  if (step.extents.size() < 2)
    return;
  std::optional<Step> both;
  if (!steps_.empty())
    both = fused(steps_.back(), step);
  if (!both) {
    steps_.push_back(std::move(step));
    return;
  }
  steps_.pop_back();
  add(*both);
}

void TensorLayout::convert_parts(const char *source, size_t width,
                                 size_t most_bytes, const Use &use) const {
  size_t size = size_t(element_count(from_)) * width;
  if (steps_.empty()) {
    for (size_t at = 0; at < size; at += most_bytes)
      use(source + at, std::min(most_bytes, size - at));
    return;
  }
  std::vector<char> before, room(std::min(size, most_bytes) / width * width);
  if (steps_.size() > 1) {
    TensorLayout others(from_);
    others.steps_.assign(steps_.begin(), steps_.end() - 1);
    before.resize(size);
    others.convert(source, before.data(), width);
    source = before.data();
  }
  apply_parts(dimensions_of(steps_.back()), 0, source, width, room, use);
}

void TensorLayout::convert(const char *source, char *target,
                           size_t width) const {
  size_t size = size_t(element_count(from_)) * width;
  if (steps_.empty()) {
    std::memcpy(target, source, size);
    return;
  }
  std::vector<char> between[2];
  const char *from = source;
  for (size_t i = 0; i < steps_.size(); ++i) {
    bool is_last = i + 1 == steps_.size();
    std::vector<char> &room = between[i % 2];
    if (!is_last)
      room.resize(size);
    apply(dimensions_of(steps_[i]), from, is_last ? target : room.data(),
          width);
    from = room.data();
  }
}

} // namespace lathe
