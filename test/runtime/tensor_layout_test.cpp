// tensor_layout_test.cpp: orders of a tensor's elements, against loops that
// follow single elements.
#include "runtime/tensor_layout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <random>

namespace {

using lathe::TensorLayout;
using Extents = TensorLayout::Extents;

// The numbers of the elements, moved one by one.
struct Followed {
  Extents shape;
  std::vector<uint32_t> elements;

  explicit Followed(Extents shape) : shape(std::move(shape)) {
    int64_t count = 1;
    for (int64_t extent : this->shape)
      count *= extent;
    elements.resize(size_t(count));
    std::iota(elements.begin(), elements.end(), 0u);
  }
  void transpose(const Extents &permutation) {
    size_t rank = shape.size();
    Extents result(rank), index(rank);
    for (size_t i = 0; i < rank; ++i)
      result[i] = shape[size_t(permutation[i])];
    std::vector<uint32_t> moved;
    for (size_t n = 0; n < elements.size(); ++n) {
      int64_t at = 0;
      for (size_t axis = 0; axis < rank; ++axis) {
        size_t i = size_t(
            std::find(permutation.begin(), permutation.end(), int64_t(axis)) -
            permutation.begin());
        at = at * shape[axis] + index[i];
      }
      moved.push_back(elements[size_t(at)]);
      for (size_t i = rank; i-- > 0 && ++index[i] == result[i];)
        index[i] = 0;
    }
    shape = result;
    elements = moved;
  }
};

template <typename Element>
std::vector<Element> converted(const TensorLayout &layout,
                               const std::vector<Element> &elements) {
  std::vector<Element> result(elements.size());
  layout.convert(reinterpret_cast<const char *>(elements.data()),
                 reinterpret_cast<char *>(result.data()), sizeof(Element));
  return result;
}

// The same in parts, none of which is larger than that.
std::vector<uint32_t> converted_in_parts(const TensorLayout &layout,
                                         const std::vector<uint32_t> &elements,
                                         size_t most_bytes) {
  std::vector<uint32_t> result(elements.size());
  size_t done = 0, size = elements.size() * sizeof(uint32_t);
  layout.convert_parts(
      reinterpret_cast<const char *>(elements.data()), sizeof(uint32_t),
      most_bytes, [&](const char *part, size_t bytes) {
        EXPECT_LE(bytes, most_bytes);
        ASSERT_LE(bytes, size - done);
        std::memcpy(reinterpret_cast<char *>(result.data()) + done, part,
                    bytes);
        done += bytes;
      });
  EXPECT_EQ(done, size);
  return result;
}

// A shape of so many elements.
Extents random_shape(int64_t count, std::mt19937 &random) {
  Extents shape;
  for (int64_t rest = count; shape.size() < 6;) {
    Extents divisors;
    for (int64_t d = 1; d <= rest; ++d)
      if (rest % d == 0)
        divisors.push_back(d);
    int64_t extent =
        shape.size() == 5 ? rest : divisors[random() % divisors.size()];
    shape.push_back(extent);
    rest /= extent;
    if (rest == 1 && random() % 2)
      break;
  }
  return shape;
}

TEST(TensorLayout, RandomShapesAndTranspositions) {
  std::mt19937 random(5);
  for (int round = 0; round < 2000; ++round) {
    const int64_t counts[] = {1, 6, 7, 24, 36, 60, 64, 210, 1024};
    int64_t count = counts[random() % 9];
    Extents shape = random_shape(count, random);
    TensorLayout layout(shape);
    Followed followed(shape);
    for (unsigned step = random() % 6; step > 0; --step) {
      if (random() % 2) {
        Extents seen = random_shape(count, random);
        layout.reshape(seen);
        followed.shape = seen;
      } else {
        Extents permutation(followed.shape.size());
        std::iota(permutation.begin(), permutation.end(), 0);
        std::shuffle(permutation.begin(), permutation.end(), random);
        layout.transpose(permutation);
        followed.transpose(permutation);
      }
    }
    SCOPED_TRACE(layout.text());
    std::vector<uint32_t> before = Followed(shape).elements;
    EXPECT_EQ(layout.to(), followed.shape);
    EXPECT_EQ(converted(layout, before), followed.elements);
    EXPECT_EQ(converted_in_parts(layout, before, 4 + random() % (8 * count)),
              followed.elements);
    EXPECT_EQ(layout.moves(), before != followed.elements);
    EXPECT_EQ(converted(layout.inverse(), followed.elements), before);
    EXPECT_EQ(layout.inverse().to(), shape);
    TensorLayout both = layout;
    both.append(layout.inverse());
    EXPECT_EQ(both, TensorLayout(shape));
    auto parsed = TensorLayout::parse(layout.text());
    ASSERT_TRUE(parsed);
    EXPECT_EQ(*parsed, layout);
    EXPECT_EQ(converted(*parsed, before), followed.elements);
  }
}

TEST(TensorLayout, AllWidths) {
  TensorLayout layout = TensorLayout({2, 3, 4}).transpose({2, 0, 1});
  EXPECT_EQ(
      converted(layout, std::vector<uint8_t>{0,  1,  2,  3,  4,  5,  6,  7,
                                             8,  9,  10, 11, 12, 13, 14, 15,
                                             16, 17, 18, 19, 20, 21, 22, 23}),
      (std::vector<uint8_t>{0, 4, 8,  12, 16, 20, 1, 5, 9,  13, 17, 21,
                            2, 6, 10, 14, 18, 22, 3, 7, 11, 15, 19, 23}));
  EXPECT_EQ(converted(TensorLayout({2, 2}).transpose({1, 0}),
                      std::vector<uint64_t>{1, 2, 3, uint64_t(-1)}),
            (std::vector<uint64_t>{1, 3, 2, uint64_t(-1)}));
}

TEST(TensorLayout, TextIsAsShortAsCanBe) {
  EXPECT_EQ(TensorLayout({}).text(), "[]");
  EXPECT_EQ(TensorLayout({3, 4}).transpose({1, 0}).transpose({1, 0}).text(),
            "[3,4]");
  // A matrix [out, in] behind channels first, as [in, out] behind channels
  // last.
  EXPECT_EQ(TensorLayout({10, 800})
                .transpose({1, 0})
                .reshape({32, 5, 5, 10})
                .transpose({1, 2, 0, 3})
                .reshape({800, 10})
                .text(),
            "[10,800] [10,32,25] (2,1,0) [800,10]");
}

TEST(TensorLayout, TextThatIsNone) {
  for (const char *text : {"",
                           "3,4",
                           "[3,4",
                           "[3,,4]",
                           "[3,4,]",
                           "[,3]",
                           "[-3]",
                           "[3,4](1,0)",
                           "[3,4]  (1,0)",
                           "[3,4] (1)",
                           "[3,4] (0,0)",
                           "[3,4] (0,2)",
                           "[3,4] [5]",
                           "[3,4] ",
                           "[3,4] x",
                           "(1,0)",
                           "[3 4]",
                           "[99999999999999999999]",
                           "[1000000000,1000000000]",
                           "[3,4] (1,0) [3,5]",
                           "[3,4] (0,1,2)"})
    EXPECT_FALSE(TensorLayout::parse(text)) << text;
  EXPECT_TRUE(TensorLayout::parse("[]"));
  EXPECT_TRUE(TensorLayout::parse("[0,3] (1,0)"));
}

} // namespace
