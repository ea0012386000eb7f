// picture_readers_test.cpp: pictures that are decoded ahead are the same as
// others, whoever decodes them.
#include "runtime/data/dataset.h"
#include "runtime/data/picture_readers.h"
#include "runtime/error.h"
#include "runtime/thread_pool.h"
#include "test/runtime/temporary_folder.h"

#include <gtest/gtest.h>

#include <atomic>
#include <numeric>

namespace {

constexpr int64_t size = 5;

// What is decoded of a sample; those that 7 divides cannot be read.
void write_sample(int64_t sample, uint8_t *pixels) {
  if (sample % 7 == 0)
    lathe::fail("sample {} is damaged", sample);
  std::fill_n(pixels, size, uint8_t(sample));
}

TEST(PictureReaders, HandOverWhatTheyDecoded) {
  for (int threads = 0; threads <= 4; ++threads) {
    std::atomic<int> decoded{0};
    lathe::PictureReaders readers(threads, size,
                                  [&](int64_t sample, uint8_t *pixels) {
                                    ++decoded;
                                    write_sample(sample, pixels);
                                  });
    int taken = 0, failed = 0;
    for (int64_t batch = 0; batch < 50; ++batch) {
      std::vector<int64_t> samples(16);
      std::iota(samples.begin(), samples.end(), 8 * batch); // half are again
      readers.announce(samples);
      for (int64_t sample : samples) {
        std::vector<uint8_t> pixels(size);
        try {
          if (!readers.take(sample, pixels.data())) {
            EXPECT_EQ(pixels, std::vector<uint8_t>(size));
            continue;
          }
          EXPECT_EQ(pixels, std::vector<uint8_t>(size, uint8_t(sample)));
          ++taken;
        } catch (const lathe::Error &error) {
          EXPECT_EQ(std::string(error.what()),
                    fmt::format("sample {} is damaged", sample));
          ++failed;
        }
        EXPECT_FALSE(readers.take(sample, pixels.data())); // only once
      }
    }
    EXPECT_EQ(taken + failed, decoded);
  }
}

TEST(PictureReaders, WaitForTheThreadThatHasBegun) {
  std::atomic<bool> begun{false}, goes_on{false};
  lathe::PictureReaders readers(1, size, [&](int64_t sample, uint8_t *pixels) {
    begun = true;
    while (!goes_on)
      std::this_thread::yield();
    write_sample(sample, pixels);
  });
  readers.announce({3, 4});
  while (!begun)
    std::this_thread::yield();
  std::vector<uint8_t> pixels(size);
  EXPECT_FALSE(readers.take(4, pixels.data())); // nobody has begun with it
  std::thread later([&] { goes_on = true; });
  EXPECT_TRUE(readers.take(3, pixels.data()));
  later.join();
  EXPECT_EQ(pixels, std::vector<uint8_t>(size, 3));
}

// A destructor that waits for all that was announced would take a minute.
TEST(PictureReaders, EndWithoutWhatNobodyWants) {
  std::atomic<int> decoded{0};
  {
    lathe::PictureReaders readers(2, size, [&](int64_t, uint8_t *) {
      ++decoded;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    });
    std::vector<int64_t> samples(3000);
    std::iota(samples.begin(), samples.end(), 0);
    readers.announce(samples);
  }
  EXPECT_LT(decoded, 3000);
}

lathe::DatasetSpec small(int readers, int64_t cache) {
  lathe::DatasetSpec spec;
  spec.height = 1;
  spec.width = 2;
  spec.channels = 3;
  spec.classes = 2;
  spec.readers = readers;
  spec.cache = cache;
  return spec;
}

// Announced or not, in the cache or not: with some that come twice.
TEST(ImageFolder, IsTheSameForAnyNumberOfReaders) {
  TemporaryFolder folder;
  for (int i = 0; i < 20; ++i)
    write_text(folder / fmt::format("{}/{:02}.ppm", i % 2 ? "b" : "a", i),
               "P6 2 1 255\n" + std::string(6, char(10 * i)));
  const std::vector<int64_t> order = {3, 1, 4, 1,  5,  9, 2, 6, 5, 3, 5,
                                      8, 9, 7, 19, 19, 3, 2, 3, 8, 4, 6};
  auto read_all = [&](int readers, int64_t cache) {
    auto dataset = lathe::open_dataset(folder.path(), small(readers, cache),
                                       lathe::Part::Train);
    std::vector<uint8_t> images(order.size() * 6);
    std::vector<int32_t> labels(order.size());
    for (int round = 0; round < 3; ++round)
      for (size_t i = 0; i < order.size(); i += 2) {
        if (i + 2 < order.size())
          dataset->announce(&order[i + 2], 2);
        dataset->gather(&order[i], 2, &images[6 * i], &labels[i]);
      }
    return images;
  };
  const std::vector<uint8_t> expected = read_all(0, 0);
  EXPECT_EQ(expected[0], 60);
  for (int threads : {1, 3}) {
    lathe::set_threads(threads);
    for (int readers = 0; readers <= 4; ++readers)
      for (int64_t cache : {0, 30, 1000})
        EXPECT_EQ(read_all(readers, cache), expected) << readers;
  }
  lathe::set_threads(1);
}

} // namespace
