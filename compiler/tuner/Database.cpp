//===- Database.cpp - Tuned schedules on disk -----------------------------===//
#include "compiler/tuner/Database.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <fmt/format.h>
#include <sqlite3.h>

using namespace llvm;
using namespace lathe;

/// Stands in the file's header, so that no other program's data is touched.
static constexpr int64_t applicationId = 0x4c746865; // "Lthe"
static constexpr int64_t schemaVersion = 1;

static constexpr const char *schema = R"(
BEGIN IMMEDIATE;
CREATE TABLE tuned (
  signature TEXT NOT NULL, target TEXT NOT NULL, cpu TEXT NOT NULL,
  batch INTEGER NOT NULL, threads INTEGER NOT NULL,
  schedule TEXT NOT NULL, default_ms REAL NOT NULL, ms REAL NOT NULL,
  PRIMARY KEY (signature, target, cpu, batch, threads)) WITHOUT ROWID;
CREATE TABLE trials (
  signature TEXT NOT NULL, target TEXT NOT NULL, cpu TEXT NOT NULL,
  batch INTEGER NOT NULL, threads INTEGER NOT NULL,
  schedule TEXT NOT NULL, outcome TEXT NOT NULL,
  PRIMARY KEY (signature, target, cpu, batch, threads, schedule)) WITHOUT ROWID;
)";

/// One prepared statement, its parameters bound in order.
class Database::Statement {
public:
  Statement(const Database &database, const char *sql) : database(database) {
    failed = sqlite3_prepare_v2(database.connection.get(), sql, -1, &statement,
                                nullptr) != SQLITE_OK;
  }
  ~Statement() { sqlite3_finalize(statement); }
  Statement(const Statement &) = delete;
  Statement &operator=(const Statement &) = delete;

  Statement &bind(const TuningKey &key) {
    return bind(key.signature)
        .bind(key.target)
        .bind(key.cpu)
        .bind(key.batch)
        .bind(int64_t(key.threads));
  }
  Statement &bind(const std::string &text) {
    sqlite3_bind_text(statement, ++bound, text.data(), int(text.size()),
                      SQLITE_TRANSIENT);
    return *this;
  }
  Statement &bind(int64_t number) {
    sqlite3_bind_int64(statement, ++bound, number);
    return *this;
  }
  Statement &bind(double number) {
    sqlite3_bind_double(statement, ++bound, number);
    return *this;
  }

  /// Whether there is a row.
  Expected<bool> step() {
    int status = failed ? SQLITE_ERROR : sqlite3_step(statement);
    if (status == SQLITE_ROW)
      return true;
    if (status == SQLITE_DONE)
      return false;
    return database.error();
  }
  Error run() { return step().takeError(); }

  std::string text(int column) {
    auto *characters = sqlite3_column_text(statement, column);
    return characters ? reinterpret_cast<const char *>(characters) : "";
  }
  double real(int column) { return sqlite3_column_double(statement, column); }
  int64_t integer(int column) {
    return sqlite3_column_int64(statement, column);
  }

private:
  const Database &database;
  sqlite3_stmt *statement = nullptr;
  int bound = 0;
  bool failed;
};

void Database::Close::operator()(sqlite3 *connection) const {
  sqlite3_close(connection);
}

Database::Database(std::string path, sqlite3 *connection)
    : path(std::move(path)), connection(connection) {}
Database::Database(Database &&) noexcept = default;
Database &Database::operator=(Database &&) noexcept = default;
Database::~Database() = default;

Error Database::error() const {
  return createStringError("tuning database " + path + ": " +
                           sqlite3_errmsg(connection.get()));
}

Error Database::execute(const char *sql) {
  if (sqlite3_exec(connection.get(), sql, nullptr, nullptr, nullptr) !=
      SQLITE_OK)
    return error();
  return Error::success();
}

Expected<int64_t> Database::pragma(const char *name) const {
  Statement statement(*this, fmt::format("PRAGMA {}", name).c_str());
  Expected<bool> row = statement.step();
  if (!row)
    return row.takeError();
  return *row ? statement.integer(0) : 0;
}

Error Database::prepareSchema(Access access) {
  Expected<int64_t> id = pragma("application_id");
  if (!id)
    return id.takeError();
  Expected<int64_t> version = pragma("user_version");
  if (!version)
    return version.takeError();
  Expected<int64_t> pages = pragma("page_count");
  if (!pages)
    return pages.takeError();
  if (*pages == 0 && access == Write)
    return execute(
        (std::string(schema) + fmt::format("PRAGMA application_id = {};"
                                           "PRAGMA user_version = {}; COMMIT;",
                                           applicationId, schemaVersion))
            .c_str());
  if (*id != applicationId)
    return createStringError(path + " is not a tuning database");
  if (*version != schemaVersion)
    return createStringError(
        fmt::format("tuning database {} has format {}, this version of lathe "
                    "writes {}; name another file with --tuning-db",
                    path, *version, schemaVersion));
  return Error::success();
}

Expected<Database> Database::open(const std::string &path, Access access) {
  StringRef folder = sys::path::parent_path(path);
  if (access == Write && !folder.empty())
    if (std::error_code error = sys::fs::create_directories(folder))
      return createStringError("cannot create " + folder + ": " +
                               error.message());
  sqlite3 *connection = nullptr;
  int flags = access == Read ? SQLITE_OPEN_READONLY
                             : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  int status = sqlite3_open_v2(path.c_str(), &connection, flags, nullptr);
  Database database(path, connection);
  if (status != SQLITE_OK)
    return database.error();
  // A damaged file shall not make SQLite believe what it says of itself.
  sqlite3_db_config(connection, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_busy_timeout(connection, 2000);
  if (Error error = database.execute("PRAGMA trusted_schema = 0"))
    return error;
  if (Error error = database.prepareSchema(access))
    return error;
  return database;
}

Expected<std::optional<TunedSchedule>>
Database::read(Statement &statement) const {
  Expected<bool> row = statement.step();
  if (!row)
    return row.takeError();
  if (!*row)
    return std::nullopt;
  std::optional<kernels::Schedule> schedule =
      kernels::parseSchedule(statement.text(0));
  if (!schedule)
    return createStringError("tuning database " + path + ": '" +
                             statement.text(0) + "' is not a schedule");
  return TunedSchedule{*schedule, statement.real(1), statement.real(2)};
}

Expected<std::optional<TunedSchedule>>
Database::find(const TuningKey &key) const {
  Statement statement(
      *this, "SELECT schedule, default_ms, ms FROM tuned WHERE signature = ? "
             "AND target = ? AND cpu = ? AND batch = ? AND threads = ?");
  return read(statement.bind(key));
}

Expected<std::optional<TunedSchedule>>
Database::findNearest(const TuningKey &key) const {
  Statement statement(
      *this, "SELECT schedule, default_ms, ms FROM tuned WHERE signature = ? "
             "AND target = ? AND cpu = ? AND batch = ? "
             "ORDER BY abs(threads - ?) LIMIT 1");
  return read(statement.bind(key));
}

Error Database::store(const TuningKey &key, const TunedSchedule &tuned) {
  return Statement(*this, "INSERT OR REPLACE INTO tuned VALUES "
                          "(?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(key)
      .bind(kernels::toString(tuned.schedule))
      .bind(tuned.defaultMilliseconds)
      .bind(tuned.milliseconds)
      .run();
}

Error Database::remove(const TuningKey &key) {
  return Statement(*this, "DELETE FROM tuned WHERE signature = ? AND target = "
                          "? AND cpu = ? AND batch = ? AND threads = ?")
      .bind(key)
      .run();
}

Expected<std::set<std::string>> Database::tried(const TuningKey &key) const {
  Statement statement(*this,
                      "SELECT schedule FROM trials WHERE signature = ? AND "
                      "target = ? AND cpu = ? AND batch = ? AND threads = ?");
  statement.bind(key);
  std::set<std::string> schedules;
  for (;;) {
    Expected<bool> row = statement.step();
    if (!row)
      return row.takeError();
    if (!*row)
      return schedules;
    schedules.insert(statement.text(0));
  }
}

Error Database::addTrial(const TuningKey &key,
                         const kernels::Schedule &schedule,
                         const std::string &outcome) {
  return Statement(*this, "INSERT OR REPLACE INTO trials VALUES "
                          "(?, ?, ?, ?, ?, ?, ?)")
      .bind(key)
      .bind(kernels::toString(schedule))
      .bind(outcome)
      .run();
}
