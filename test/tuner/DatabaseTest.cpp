//===- DatabaseTest.cpp - Tuned schedules on disk -------------------------===//
#include "compiler/tuner/Database.h"
#include "test/runtime/temporary_folder.h"
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <sqlite3.h>

using namespace lathe;

namespace {
const TuningKey key = {"(nx4xf32);relu(0)", "x86-64-v3", "znver3", 32, 2};
const TunedSchedule tuned = {{"direct", {{"columns", 7}}}, 0.5, 0.25};

class DatabaseTest : public testing::Test {
protected:
  Database open(Database::Access access = Database::Write) {
    return llvm::cantFail(Database::open(path, access));
  }
  std::string failure(Database::Access access = Database::Read) {
    llvm::Expected<Database> database = Database::open(path, access);
    return database ? "" : llvm::toString(database.takeError());
  }
  void execute(const char *sql) {
    sqlite3 *connection = nullptr;
    sqlite3_open(path.c_str(), &connection);
    ASSERT_EQ(sqlite3_exec(connection, sql, nullptr, nullptr, nullptr), 0);
    sqlite3_close(connection);
  }

  TemporaryFolder folder;
  std::string path = folder / "tuning.db";
};
} // namespace

TEST_F(DatabaseTest, FindsWhatWasStored) {
  llvm::cantFail(open().store(key, tuned));
  std::optional<TunedSchedule> found =
      llvm::cantFail(open(Database::Read).find(key));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->schedule, tuned.schedule);
  EXPECT_EQ(found->defaultMilliseconds, 0.5);
  EXPECT_EQ(found->milliseconds, 0.25);
}

TEST_F(DatabaseTest, KeepsMachinesAndBatchesApart) {
  Database database = open();
  llvm::cantFail(database.store(key, tuned));
  TuningKey others[] = {key, key, key, key};
  others[0].signature = "()";
  others[1].target = "x86-64-v4";
  others[2].cpu = "znver4";
  others[3].batch = 64;
  for (const TuningKey &other : others)
    EXPECT_FALSE(llvm::cantFail(database.findNearest(other)));
}

TEST_F(DatabaseTest, FindsTheNearestNumberOfThreads) {
  Database database = open();
  TuningKey eight = key, seven = key;
  eight.threads = 8, seven.threads = 7;
  llvm::cantFail(database.store(key, tuned));
  llvm::cantFail(database.store(eight, {{"gemm", {}}, 1, 1}));
  EXPECT_FALSE(llvm::cantFail(database.find(seven)));
  EXPECT_EQ(llvm::cantFail(database.findNearest(seven))->schedule.strategy,
            "gemm");
}

TEST_F(DatabaseTest, ReplacesAndRemoves) {
  Database database = open();
  llvm::cantFail(database.store(key, tuned));
  llvm::cantFail(database.store(key, {{"gemm", {}}, 1, 1}));
  EXPECT_EQ(llvm::cantFail(database.find(key))->schedule.strategy, "gemm");
  llvm::cantFail(database.remove(key));
  EXPECT_FALSE(llvm::cantFail(database.find(key)));
}

TEST_F(DatabaseTest, RemembersTrials) {
  llvm::cantFail(open().addTrial(key, tuned.schedule, "crashed (signal 4)"));
  EXPECT_EQ(llvm::cantFail(open(Database::Read).tried(key)),
            std::set<std::string>{"direct{columns=7}"});
}

TEST_F(DatabaseTest, SaysWhatIsWrongWithAFile) {
  EXPECT_NE(failure().find("unable to open"), std::string::npos);
  std::ofstream(path) << std::string(5000, 'x');
  EXPECT_NE(failure().find("file is not a database"), std::string::npos);
  EXPECT_NE(failure(Database::Write), "");
}

TEST_F(DatabaseTest, LeavesOtherProgramsDataAlone) {
  execute("CREATE TABLE contacts (name TEXT)");
  EXPECT_NE(failure(Database::Write).find("is not a tuning database"),
            std::string::npos);
}

TEST_F(DatabaseTest, RefusesAnotherFormat) {
  { open(); }
  execute("PRAGMA user_version = 7");
  EXPECT_NE(failure().find("has format 7"), std::string::npos);
}

TEST_F(DatabaseTest, SurvivesDamageInside) {
  {
    Database database = open();
    for (int64_t batch = 1; batch < 200; ++batch) {
      TuningKey other = key;
      other.batch = batch;
      llvm::cantFail(database.store(other, tuned));
    }
  }
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(4096);
  file << std::string(8192, '\xff');
  file.close();
  llvm::Expected<Database> database = Database::open(path, Database::Read);
  if (!database)
    return llvm::consumeError(database.takeError());
  auto found = database->find(key);
  EXPECT_FALSE(found);
  llvm::consumeError(found.takeError());
}

TEST_F(DatabaseTest, RefusesWhatIsNoSchedule) {
  llvm::cantFail(open().store(key, tuned));
  execute("UPDATE tuned SET schedule = 'direct{columns=}'");
  Database database = open();
  auto found = database.find(key);
  ASSERT_FALSE(found);
  EXPECT_NE(llvm::toString(found.takeError()).find("is not a schedule"),
            std::string::npos);
}

TEST_F(DatabaseTest, SaysThatALockedOneIsLocked) {
  { open(); }
  sqlite3 *other = nullptr;
  sqlite3_open(path.c_str(), &other);
  sqlite3_exec(other, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr);
  EXPECT_NE(failure(Database::Write).find("locked"), std::string::npos);
  sqlite3_close(other);
}

/// A file with a flipped bit, or one that is cut off, is right in what it still
/// says of other kernels, or an error that names it.
TEST_F(DatabaseTest, NamesTheDamagedFile) {
  { llvm::cantFail(open().store(key, tuned)); }
  std::string whole;
  {
    std::ifstream file(path, std::ios::binary);
    whole.assign(std::istreambuf_iterator<char>(file), {});
  }
  auto ask = [&](const std::string &bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
    llvm::Expected<Database> database = Database::open(path, Database::Read);
    if (!database) {
      std::string error = llvm::toString(database.takeError());
      EXPECT_NE(error.find(path), std::string::npos) << error;
      return;
    }
    auto found = database->findNearest(key);
    if (!found) {
      std::string error = llvm::toString(found.takeError());
      EXPECT_NE(error.find(path), std::string::npos) << error;
    }
  };
  for (size_t bit = 0; bit < 8 * whole.size(); bit += 997) {
    std::string flipped = whole;
    flipped[bit / 8] = char(flipped[bit / 8] ^ 1 << bit % 8);
    ask(flipped);
  }
  for (size_t part = 1; part < 10; ++part)
    ask(whole.substr(0, whole.size() * part / 10));
}
