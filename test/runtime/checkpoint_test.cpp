// checkpoint_test.cpp: what is saved comes back, bad files are refused with one
// message, and a failed save leaves the old file.
#include "runtime/atomic_file.h"
#include "runtime/checkpoint.h"
#include "runtime/error.h"
#include "test/runtime/handwritten_models.h"
#include "test/runtime/temporary_folder.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <functional>

namespace {

using lathe::Load;
using lathe::ModelMemory;
using Json = nlohmann::ordered_json;

const lathe_model &model = full_model;

void initialise(ModelMemory &memory, uint64_t seed) {
  ASSERT_EQ(model.init(memory.params(), memory.state(), seed), LATHE_OK);
}

std::string bytes(const ModelMemory &memory) {
  return std::string(static_cast<char *>(memory.params()),
                     size_t(model.params_size)) +
         std::string(static_cast<char *>(memory.state()),
                     size_t(model.state_size));
}

std::string load_error(const std::string &path, Load what = Load::All) {
  ModelMemory memory(model, true);
  try {
    lathe::load_checkpoint(path, model, memory, what);
  } catch (const lathe::Error &error) {
    return error.what();
  }
  return "";
}

struct Parts {
  Json header;
  std::string data;

  static Parts of(const std::string &text) {
    uint64_t length;
    std::memcpy(&length, text.data(), 8);
    return {Json::parse(text.substr(8, length)), text.substr(8 + length)};
  }
  std::string text() const {
    std::string json = header.dump();
    uint64_t length = json.size();
    return std::string(reinterpret_cast<char *>(&length), 8) + json + data;
  }
};

TEST(Checkpoint, ComesBackAndIsDeterministic) {
  TemporaryFolder folder;
  ModelMemory saved(model, true), loaded(model, true), weights(model, true);
  initialise(saved, 3);
  initialise(loaded, 4);
  initialise(weights, 4);
  lathe::save_checkpoint(folder / "a", model, saved, {{"epochs", "7"}});
  lathe::save_checkpoint(folder / "b", model, saved, {{"epochs", "7"}});
  EXPECT_TRUE(read_text(folder / "a") == read_text(folder / "b"));
  lathe::Metadata metadata =
      lathe::load_checkpoint(folder / "a", model, loaded, Load::All);
  EXPECT_TRUE(bytes(loaded) == bytes(saved));
  EXPECT_EQ(metadata["epochs"], "7");
  EXPECT_EQ(metadata["model"], "fake_softmax");
  EXPECT_EQ(metadata["compiler"], "by hand");
  EXPECT_EQ(metadata["version"], std::to_string(LATHE_ARTIFACT_VERSION));

  std::string state(static_cast<char *>(weights.state()),
                    size_t(model.state_size));
  lathe::load_checkpoint(folder / "a", model, weights, Load::Params);
  EXPECT_EQ(bytes(weights).substr(0, size_t(model.params_size)),
            bytes(saved).substr(0, size_t(model.params_size)));
  EXPECT_EQ(bytes(weights).substr(size_t(model.params_size)), state);
}

TEST(Checkpoint, IsASafetensorsFileWithAlignedData) {
  TemporaryFolder folder;
  ModelMemory memory(model, true);
  initialise(memory, 3);
  lathe::save_checkpoint(folder / "a", model, memory, {});
  std::string text = read_text(folder / "a");
  uint64_t length;
  std::memcpy(&length, text.data(), 8);
  EXPECT_EQ(length % 8, 0u);
  EXPECT_EQ(text[8], '{');
  Parts parts = Parts::of(text);
  EXPECT_EQ(parts.header["dense/kernel"]["dtype"], "F32");
  EXPECT_EQ(parts.header["dense/kernel"]["shape"], Json({36, 3}));
  EXPECT_EQ(parts.header["rescaling/scale"]["shape"], Json::array());
  EXPECT_EQ(parts.header["fit/epoch"]["dtype"], "I64");
  uint64_t begin = parts.header["dense/kernel"]["data_offsets"][0];
  EXPECT_EQ(std::memcmp(&parts.data[begin], memory.params(), 36 * 3 * 4), 0);
  for (const auto &[name, entry] : parts.header.items()) {
    if (name != "__metadata__") {
      int width = entry["dtype"] == "F32" ? 4 : 8;
      EXPECT_EQ(entry["data_offsets"][0].get<int>() % width, 0) << name;
    }
  }
}

TEST(Checkpoint, WeightsAloneAreEnoughToPredict) {
  TemporaryFolder folder;
  Parts parts;
  for (auto [name, shape, size] :
       {std::tuple{"rescaling/scale", Json::array(), 4},
        {"dense/bias", Json({3}), 12},
        {"dense/kernel", Json({36, 3}), 432}}) {
    size_t begin = parts.data.size();
    parts.header[name] = {{"dtype", "F32"},
                          {"shape", shape},
                          {"data_offsets", {begin, begin + size}}};
    parts.data += std::string(size_t(size), char(size));
  }
  write_text(folder / "a", parts.text());
  ModelMemory memory(model, true);
  lathe::load_checkpoint(folder / "a", model, memory, Load::Params);
  EXPECT_EQ(static_cast<char *>(memory.params())[432], 12);
  EXPECT_EQ(load_error(folder / "a"),
            folder / "a" + ": tensor optimizer/iteration is missing");
}

// A file of someone else's: some of the parameters, and something more.
TEST(Checkpoint, ForeignWeightsAreTakenByName) {
  TemporaryFolder folder;
  Parts parts;
  float bias[] = {1, 2, 3};
  parts.header["dense/bias"] = {
      {"dtype", "F32"}, {"shape", {3}}, {"data_offsets", {0, 12}}};
  parts.header["head/bias"] = {
      {"dtype", "F16"}, {"shape", {2}}, {"data_offsets", {12, 16}}};
  parts.data = std::string(reinterpret_cast<char *>(bias), 12) + "1234";
  write_text(folder / "a", parts.text());
  ModelMemory memory(model, true), other(model, true);
  initialise(memory, 3);
  initialise(other, 3);
  using Names = std::vector<std::string>;
  lathe::Leftovers leftovers = lathe::load_weights(folder / "a", model, memory);
  EXPECT_EQ(leftovers.missing, Names({"dense/kernel", "rescaling/scale"}));
  EXPECT_EQ(leftovers.unknown, Names({"head/bias"}));
  const lathe_tensor &tensor = *lathe::find_tensor(model, "dense/bias");
  EXPECT_EQ(std::memcmp(memory.data(tensor), bias, 12), 0);
  std::memcpy(other.data(tensor), bias, 12);
  EXPECT_TRUE(bytes(memory) == bytes(other)); // nothing else has changed

  // A checkpoint is such a file, too; its state is not taken.
  lathe::save_checkpoint(folder / "b", model, memory, {});
  leftovers = lathe::load_weights(folder / "b", model, other);
  EXPECT_EQ(leftovers.missing, Names());
  EXPECT_EQ(leftovers.unknown, Names());
}

TEST(Checkpoint, WeightsThatDoNotFitAreAllNamed) {
  TemporaryFolder folder;
  ModelMemory memory(model, true);
  initialise(memory, 3);
  auto error = [&](const Parts &parts) {
    write_text(folder / "a", parts.text());
    std::string before = bytes(memory), message;
    try {
      lathe::load_weights(folder / "a", model, memory);
    } catch (const lathe::Error &problem) {
      message = problem.what();
    }
    EXPECT_TRUE(bytes(memory) == before);
    return message;
  };
  lathe::save_checkpoint(folder / "good", model, memory, {});
  Parts parts = Parts::of(read_text(folder / "good"));
  parts.header["dense/kernel"]["shape"] = {3, 36};
  parts.header["dense/bias"]["dtype"] = "F64";
  const std::string path = folder / "a";
  EXPECT_EQ(error(parts),
            path +
                ": tensor dense/kernel is F32[3, 36], the model's is "
                "F32[36, 3]\n" +
                path + ": tensor dense/bias is F64[3], the model's is F32[3]");
  Parts stranger;
  stranger.header["x"] = {
      {"dtype", "U8"}, {"shape", {1}}, {"data_offsets", {0, 1}}};
  stranger.data = "1";
  EXPECT_EQ(error(stranger),
            path + ": none of its tensors is a parameter of the model; the "
                   "model has dense/kernel, dense/bias, rescaling/scale");
}

struct Case {
  const char *name;
  std::function<std::string(Parts &)> change; // what the file then holds
  const char *expected;                       // after the path
};

std::string entry_with(Parts &parts, const char *tensor, const char *key,
                       Json value) {
  parts.header[tensor][key] = std::move(value);
  return parts.text();
}

const std::vector<Case> cases = {
    {"empty", [](Parts &) { return std::string(); },
     ": byte 0: the file ends inside of the header's length"},
    {"seven bytes", [](Parts &) { return std::string(7, '\0'); },
     ": byte 7: the file ends inside of the header's length"},
    {"huge header", [](Parts &) { return std::string(64, '\xff'); },
     ": byte 0: a header of 18446744073709551615 bytes does not fit"},
    {"header beyond the file", [](Parts &p) { return p.text().substr(0, 100); },
     ": byte 0: a header of"},
    {"not JSON",
     [](Parts &p) {
       std::string text = p.text();
       text[9] = '!';
       return text;
     },
     ": byte 10: the header is not JSON"},
    {"a list",
     [](Parts &p) {
       p.header = Json::array();
       return p.text();
     },
     ": byte 8: the header is not a JSON object"},
    {"deeply nested",
     [](Parts &p) {
       uint64_t length = 1000000;
       return std::string(reinterpret_cast<char *>(&length), 8) +
              std::string(length, '[') + p.data;
     },
     ": byte 1000009: the header is not JSON"},
    {"entry is a number",
     [](Parts &p) {
       p.header["dense/bias"] = 5;
       return p.text();
     },
     ": tensor dense/bias: its entry in the header lacks"},
    {"no offsets",
     [](Parts &p) {
       p.header["dense/bias"].erase("data_offsets");
       return p.text();
     },
     ": tensor dense/bias: its entry in the header lacks"},
    {"negative offset",
     [](Parts &p) {
       return entry_with(p, "dense/bias", "data_offsets", {-4, 8});
     },
     ": tensor dense/bias: its entry in the header lacks"},
    {"fractional shape",
     [](Parts &p) { return entry_with(p, "dense/bias", "shape", {1.5}); },
     ": tensor dense/bias: its shape is not a list of sizes"},
    {"huge size",
     [](Parts &p) {
       return entry_with(p, "dense/bias", "shape", {uint64_t(1) << 63});
     },
     ": tensor dense/bias: its shape is not a list of sizes"},
    {"offsets beyond the file",
     [](Parts &p) {
       return entry_with(p, "optimizer/iteration", "data_offsets",
                         {0, uint64_t(1) << 60});
     },
     ": byte "},
    {"overlap",
     [](Parts &p) {
       return entry_with(p, "dense/bias", "data_offsets", {0, 12});
     },
     ": byte "},
    {"cut data",
     [](Parts &p) {
       std::string text = p.text();
       return text.substr(0, text.size() - 4);
     },
     ": byte "},
    {"trailing data", [](Parts &p) { return p.text() + "xyz"; }, ": byte "},
    {"other shape",
     [](Parts &p) {
       return entry_with(p, "dense/kernel", "shape", {3, 36});
     },
     ": tensor dense/kernel is F32[3, 36], the model's is F32[36, 3]"},
    {"other type",
     [](Parts &p) { return entry_with(p, "dense/kernel", "dtype", "I32"); },
     ": tensor dense/kernel is I32[36, 3], the model's is F32[36, 3]"},
    {"size is not the shape's",
     [](Parts &p) {
       p.header["best/rescaling/scale"]["data_offsets"][1] = p.data.size() + 4;
       p.data += "1234";
       return p.text();
     },
     ": tensor best/rescaling/scale has 8 bytes of data, its shape needs 4"},
    {"unknown tensor",
     [](Parts &p) {
       p.header["dense_9/kernel"] = {
           {"dtype", "F32"},
           {"shape", {1}},
           {"data_offsets", {p.data.size(), p.data.size() + 4}}};
       p.data += "1234";
       return p.text();
     },
     ": tensor dense_9/kernel is unknown to the model"},
};

TEST(Checkpoint, BadFilesAreRefusedWithThePlaceAndChangeNothing) {
  TemporaryFolder folder;
  ModelMemory memory(model, true);
  initialise(memory, 3);
  lathe::save_checkpoint(folder / "good", model, memory, {});
  std::string good = read_text(folder / "good");
  for (const Case &c : cases) {
    Parts parts = Parts::of(good);
    write_text(folder / "bad", c.change(parts));
    std::string before = bytes(memory), message;
    try {
      lathe::load_checkpoint(folder / "bad", model, memory, Load::All);
    } catch (const lathe::Error &error) {
      message = error.what();
    }
    std::string expected = folder / "bad" + c.expected;
    EXPECT_EQ(message.substr(0, expected.size()), expected) << c.name;
    EXPECT_TRUE(bytes(memory) == before) << c.name;
  }
  EXPECT_EQ(load_error(folder / "none"), folder / "none" + ": no such file");
  EXPECT_EQ(load_error(folder / "."), folder / "." + ": not a file");
}

// A limit on the size of files is met in the same way as a full disk.
TEST(Checkpoint, AFullDiskLeavesTheOldFile) {
  TemporaryFolder folder;
  ModelMemory memory(model, true);
  initialise(memory, 3);
  lathe::save_checkpoint(folder / "a", model, memory, {});
  std::string old = read_text(folder / "a");
  initialise(memory, 4);

  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before, small;
  getrlimit(RLIMIT_FSIZE, &before);
  small = before;
  small.rlim_cur = old.size() / 2;
  setrlimit(RLIMIT_FSIZE, &small);
  std::string message;
  try {
    lathe::save_checkpoint(folder / "a", model, memory, {});
  } catch (const lathe::Error &error) {
    message = error.what();
  }
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(message, "cannot write " + folder / "a" + ": File too large");
  EXPECT_TRUE(read_text(folder / "a") == old);
  EXPECT_EQ(files_in(folder), std::vector<std::string>{"a"});
}

TEST(AtomicFile, ReplacesNothingWithoutCommit) {
  TemporaryFolder folder;
  write_text(folder / "a", "old");
  {
    lathe::AtomicFile file(folder / "a");
    file.write("new", 3);
  }
  EXPECT_EQ(read_text(folder / "a"), "old");
  {
    lathe::AtomicFile file(folder / "a");
    file.write("new", 3);
    file.commit();
  }
  EXPECT_EQ(read_text(folder / "a"), "new");
  EXPECT_EQ(files_in(folder), std::vector<std::string>{"a"});
}

void replace(const std::string &path) {
  lathe::AtomicFile file(path);
  file.write("new", 3);
  file.commit();
}

TEST(AtomicFile, TwoWritersDoNotMeet) {
  TemporaryFolder folder;
  write_text(folder / "a.tmp", "a user's own");
  {
    lathe::AtomicFile one(folder / "a"), other(folder / "a");
    one.write("one", 3);
    other.write("other", 5);
    one.commit();
    EXPECT_EQ(read_text(folder / "a"), "one");
    other.commit();
  }
  EXPECT_EQ(read_text(folder / "a"), "other");
  EXPECT_EQ(read_text(folder / "a.tmp"), "a user's own");
  EXPECT_EQ(files_in(folder), (std::vector<std::string>{"a", "a.tmp"}));
}

// Those of living writers stay, and so does what only looks like one.
TEST(AtomicFile, TemporaryFilesOfTheKilledAreRemoved) {
  TemporaryFolder folder;
  const std::vector<std::string> others = {
      ".a.abcdefghijk.lathe-tmp", ".ab.abcdefghijkl.lathe-tmp", ".a.lathe-tmp",
      "a.abcdefghijkl.lathe-tmp"};
  for (const std::string &name : others)
    write_text(folder / name, "x");
  write_text(folder / ".a.abcdefghijkl.lathe-tmp", "x");
  lathe::AtomicFile living(folder / "a");
  lathe::remove_abandoned(folder / "a");
  std::vector<std::string> left = files_in(folder);
  EXPECT_EQ(left.size(), others.size() + 1);
  for (const std::string &name : others)
    EXPECT_EQ(std::count(left.begin(), left.end(), name), 1) << name;
  living.write("new", 3);
  living.commit();
  EXPECT_EQ(read_text(folder / "a"), "new");
}

TEST(AtomicFile, KeepsThePermissions) {
  namespace fs = std::filesystem;
  TemporaryFolder folder;
  for (int mode : {0600, 0644, 0664, 0666}) {
    write_text(folder / "a", "old");
    fs::permissions(folder / "a", fs::perms(mode));
    replace(folder / "a");
    EXPECT_EQ(int(fs::status(folder / "a").permissions()), mode);
  }
  const mode_t mask = umask(0077);
  replace(folder / "b");
  umask(mask);
  EXPECT_EQ(int(fs::status(folder / "b").permissions()), 0600);
}

TEST(AtomicFile, KeepsLinksAndRefusesDevices) {
  TemporaryFolder folder;
  write_text(folder / "a", "old");
  std::filesystem::create_symlink(folder / "a", folder / "link");
  replace(folder / "link");
  EXPECT_EQ(read_text(folder / "a"), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  std::filesystem::remove(folder / "a"); // a link to what is not there yet
  std::filesystem::create_symlink("link", folder / "second");
  replace(folder / "second");
  EXPECT_EQ(read_text(folder / "a"), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "second"));
  std::filesystem::create_symlink("loop", folder / "loop");
  EXPECT_THROW(replace(folder / "loop"), lathe::Error);
  EXPECT_THROW(lathe::AtomicFile("/dev/full"), lathe::Error);
  EXPECT_THROW(lathe::AtomicFile(folder / "none/a"), lathe::Error);
  EXPECT_THROW(lathe::AtomicFile(folder.path()), lathe::Error);
}

} // namespace
