// decoded_file_test.cpp: the files of --cache-dir: what is decoded once is
// read, what has changed or is damaged is decoded anew.
#include "runtime/data/decoded_file.h"
#include "runtime/error.h"
#include "runtime/thread_pool.h"
#include "test/runtime/temporary_folder.h"

#include <gtest/gtest.h>

#include <sys/resource.h>

#include <csignal>
#include <thread>

namespace {

class DecodedFile : public testing::Test {
protected:
  static constexpr int count = 20, size = 18;

  DecodedFile() {
    for (int i = 0; i < count; ++i)
      write_picture(i, 10 * i);
    spec.height = 2;
    spec.width = 3;
    spec.channels = 3;
    spec.classes = 2;
    spec.cache = 0;
    spec.cache_dir = folder / "cache";
  }
  std::string picture(int i) const {
    return folder / fmt::format("data/{}/{:02}.ppm", i % 2 ? "b" : "a", i);
  }
  void write_picture(int i, int value) {
    write_text(picture(i), "P6 3 2 255\n" + std::string(size, char(value)));
  }
  // What was said, and all first bytes in the order of the files' numbers.
  std::string open_and_read(std::vector<int> *bytes = nullptr) {
    testing::internal::CaptureStderr();
    try {
      auto dataset =
          lathe::open_dataset(folder / "data", spec, lathe::Part::Train);
      for (int64_t i = 0; i < dataset->count() && bytes; ++i) {
        uint8_t image[size];
        int32_t label;
        dataset->gather(&i, 1, image, &label);
        bytes->push_back(image[0]);
      }
    } catch (const lathe::Error &error) {
      return testing::internal::GetCapturedStderr() + error.what();
    }
    const std::string said = testing::internal::GetCapturedStderr();
    const size_t colon = said.find(".pictures: ");
    return colon == std::string::npos ? said : said.substr(colon + 11);
  }
  std::string file() const {
    std::string found;
    for (const auto &entry :
         std::filesystem::directory_iterator(folder / "cache")) {
      EXPECT_EQ(found, "");
      found = entry.path().string();
    }
    return found;
  }
  void change_byte(int64_t offset) {
    std::string text = read_text(file());
    text[size_t(offset < 0 ? int64_t(text.size()) + offset : offset)] ^= 1;
    write_text(file(), text);
  }

  TemporaryFolder folder;
  lathe::DatasetSpec spec;
};

TEST_F(DecodedFile, HoldsWhatWasDecoded) {
  std::vector<int> first, second;
  EXPECT_EQ(open_and_read(&first), "20 decoded pictures, written now\n");
  EXPECT_EQ(first[0], 0);
  EXPECT_EQ(first[3], 60);
  const auto written = std::filesystem::last_write_time(file());
  EXPECT_EQ(open_and_read(&second), "20 decoded pictures\n");
  EXPECT_EQ(second, first);
  EXPECT_EQ(std::filesystem::last_write_time(file()), written);
  // Nothing is decoded a second time: other pixels with the old size and time
  // are not seen.
  const auto time = std::filesystem::last_write_time(picture(6));
  write_picture(6, 200);
  std::filesystem::last_write_time(picture(6), time);
  second.clear();
  EXPECT_EQ(open_and_read(&second), "20 decoded pictures\n");
  EXPECT_EQ(second, first);
}

TEST_F(DecodedFile, IsWhereTheOthersAreReadFrom) {
  testing::internal::CaptureStderr();
  const auto dataset =
      lathe::open_dataset(folder / "data", spec, lathe::Part::Train);
  testing::internal::GetCapturedStderr();
  EXPECT_EQ(dataset->source().cache_note,
            "0 of 20 decoded pictures are kept in memory (0 MB); the others "
            "are read from --cache-dir in every epoch");
}

// No file of this process grows beyond that, as if the disk were full.
class FullDisk {
public:
  explicit FullDisk(rlim_t bytes) {
    handler = std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    rlimit limit = before;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
  }

private:
  rlimit before = {};
  void (*handler)(int);
};

TEST_F(DecodedFile, OfAFullDiskIsDoneWithout) {
  const std::string path =
      lathe::decoded_file_path(spec.cache_dir, folder / "data", spec);
  // In the pictures, in the table behind them, and in neither.
  for (rlim_t room : {count * size / 2, count * size + 40}) {
    std::vector<int> bytes;
    {
      FullDisk full(room);
      EXPECT_EQ(open_and_read(&bytes),
                "File too large; it goes on without, and decodes what was not "
                "there before\n");
    }
    EXPECT_EQ(bytes.size(), 20u);
    EXPECT_EQ(bytes[3], 60);
    EXPECT_EQ(file(), "") << "nothing is left of it";
  }
  open_and_read();
  const std::string written = read_text(path);
  // The file of an earlier run is kept, and read.
  write_picture(20, 202);
  std::vector<int> bytes;
  {
    FullDisk full(count * size);
    EXPECT_EQ(open_and_read(&bytes),
              "File too large; it goes on without, and decodes what was not "
              "there before\n");
  }
  EXPECT_EQ(bytes.size(), 21u);
  EXPECT_EQ(read_text(path), written);
}

TEST_F(DecodedFile, FollowsChangedNewAndRemovedFiles) {
  open_and_read();
  write_picture(6, 201);
  std::filesystem::last_write_time(
      picture(6),
      std::filesystem::last_write_time(picture(6)) + std::chrono::seconds(5));
  write_picture(20, 202);
  std::vector<int> bytes;
  EXPECT_EQ(open_and_read(&bytes),
            "21 decoded pictures, 2 new or changed, 0 damaged\n");
  EXPECT_EQ(bytes[3], 201);
  EXPECT_EQ(bytes[10], 202);
  std::filesystem::remove(picture(0));
  bytes.clear();
  EXPECT_EQ(open_and_read(&bytes),
            "20 decoded pictures, 0 new or changed, 0 damaged\n");
  EXPECT_EQ(bytes[0], 20);
  EXPECT_EQ(open_and_read(), "20 decoded pictures\n");
}

TEST_F(DecodedFile, IsMadeAgainWhereItIsDamaged) {
  std::vector<int> expected;
  open_and_read(&expected);
  const auto whole = int64_t(read_text(file()).size());
  for (int64_t cache : {0, 1000}) {
    spec.cache = cache;
    std::vector<int> bytes;
    change_byte(5 * size); // a pixel
    EXPECT_EQ(open_and_read(&bytes),
              "20 decoded pictures, 0 new or changed, 1 damaged\n");
    EXPECT_EQ(bytes, expected);
    EXPECT_EQ(open_and_read(), "20 decoded pictures\n");
  }
  const std::string text = read_text(file());
  for (int64_t offset : {count * size + 3, count * size + 11}) { // the table
    change_byte(offset);
    EXPECT_EQ(open_and_read(), "20 decoded pictures, written anew: it was "
                               "damaged, or of another version\n");
  }
  for (int64_t length = 0; length < whole; length += 23) {
    write_text(file(), text.substr(0, size_t(length)));
    EXPECT_EQ(open_and_read(), "20 decoded pictures, written anew: it was "
                               "damaged, or of another version\n");
    EXPECT_EQ(read_text(file()), text);
  }
  for (int64_t byte = 1; byte <= 40; ++byte) { // what says how long the rest is
    change_byte(-byte);
    std::vector<int> bytes;
    open_and_read(&bytes);
    EXPECT_EQ(bytes, expected);
    EXPECT_EQ(read_text(file()), text);
  }
}

TEST_F(DecodedFile, BelongsToItsSettings) {
  std::vector<int> bytes;
  open_and_read();
  spec.pictures.exif = false;
  EXPECT_EQ(open_and_read(), "20 decoded pictures, written now\n");
  spec.pictures.background = {1, 2, 3};
  EXPECT_EQ(open_and_read(), "20 decoded pictures, written now\n");
  spec.pictures.resize.interpolation = lathe::Interpolation::Lanczos3;
  EXPECT_EQ(open_and_read(), "20 decoded pictures, written now\n");
  spec.width = 2;
  EXPECT_EQ(open_and_read(&bytes), "20 decoded pictures, written now\n");
  EXPECT_EQ(open_and_read(), "20 decoded pictures\n");
  EXPECT_EQ(bytes[3], 60);
}

TEST_F(DecodedFile, HoldsNothingOfPicturesThatCannotBeRead) {
  write_text(picture(21), "P6 3 2 255\nxxx");
  EXPECT_NE(open_and_read().find("1 of 21 pictures cannot be read"),
            std::string::npos);
  EXPECT_TRUE(std::filesystem::is_empty(folder / "cache"));
  spec.unreadable = lathe::Unreadable::Skip;
  EXPECT_EQ(open_and_read(), "20 decoded pictures, written now\n");
  const auto written = std::filesystem::last_write_time(file());
  EXPECT_EQ(open_and_read(), "20 decoded pictures\n");
  EXPECT_EQ(std::filesystem::last_write_time(file()), written);
}

TEST_F(DecodedFile, CannotBeWhereNoFolderCanBe) {
  write_text(folder / "cache", "a file");
  const std::string said = open_and_read();
  EXPECT_NE(said.find("cache: cannot be made: "), std::string::npos) << said;
}

// As runs of several programs: each sees all pictures, and the last file is
// whole.
TEST_F(DecodedFile, IsSharedByRunsAtOnce) {
  std::vector<int> expected;
  open_and_read(&expected);
  std::filesystem::remove(file());
  std::vector<std::vector<int>> seen(6);
  std::vector<std::thread> runs;
  testing::internal::CaptureStderr();
  for (std::vector<int> &bytes : seen)
    runs.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        bytes.clear();
        auto dataset =
            lathe::open_dataset(folder / "data", spec, lathe::Part::Train);
        for (int64_t i = 0; i < dataset->count(); ++i) {
          uint8_t image[size];
          int32_t label;
          dataset->gather(&i, 1, image, &label);
          bytes.push_back(image[0]);
        }
        if (round % 5 == 0)
          std::filesystem::remove(
              lathe::decoded_file_path(spec.cache_dir, folder / "data", spec));
      }
    });
  for (std::thread &run : runs)
    run.join();
  testing::internal::GetCapturedStderr();
  for (const std::vector<int> &bytes : seen)
    EXPECT_EQ(bytes, expected);
  open_and_read(); // makes it, where the last run has removed it
  EXPECT_EQ(open_and_read(), "20 decoded pictures\n");
}

} // namespace
