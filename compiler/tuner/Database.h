//===- Database.h - Tuned schedules on disk ---------------------*- C++ -*-===//
#ifndef LATHE_COMPILER_TUNER_DATABASE_H
#define LATHE_COMPILER_TUNER_DATABASE_H

#include "compiler/kernels/Kernel.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <optional>
#include <set>

struct sqlite3;

namespace lathe {

/// What a measurement is worth for.
struct TuningKey {
  std::string signature; ///< kernels::signature()
  std::string target;    ///< "x86-64-v4"
  std::string cpu;       ///< LLVM's name of this machine's
  int64_t batch;
  unsigned threads;
};

/// A schedule that measured faster than the default.
struct TunedSchedule {
  kernels::Schedule schedule;
  double defaultMilliseconds = 0, milliseconds = 0;
};

/// An SQLite file. Every call is a transaction of its own: a process that ends
/// in between leaves what was stored before.
class Database {
public:
  enum Access { Read, Write };
  /// To be written, a file that is not there is made. An error names the file
  /// and says what is wrong with it.
  static llvm::Expected<Database> open(const std::string &path, Access access);
  Database(Database &&) noexcept;
  Database &operator=(Database &&) noexcept;
  ~Database();

  llvm::Expected<std::optional<TunedSchedule>> find(const TuningKey &key) const;
  /// The entry for this number of threads, else the nearest one.
  llvm::Expected<std::optional<TunedSchedule>>
  findNearest(const TuningKey &key) const;
  llvm::Error store(const TuningKey &key, const TunedSchedule &tuned);
  llvm::Error remove(const TuningKey &key);

  /// The schedules that were measured already, or failed.
  llvm::Expected<std::set<std::string>> tried(const TuningKey &key) const;
  /// `outcome` is "0.31 ms", or why there is no figure.
  llvm::Error addTrial(const TuningKey &key, const kernels::Schedule &schedule,
                       const std::string &outcome);

private:
  struct Close {
    void operator()(sqlite3 *connection) const;
  };
  class Statement;
  Database(std::string path, sqlite3 *connection);
  llvm::Expected<std::optional<TunedSchedule>> read(Statement &statement) const;
  llvm::Error prepareSchema(Access access);
  llvm::Error execute(const char *sql);
  llvm::Expected<int64_t> pragma(const char *name) const;
  llvm::Error error() const;

  std::string path;
  std::unique_ptr<sqlite3, Close> connection;
};

} // namespace lathe

#endif // LATHE_COMPILER_TUNER_DATABASE_H
