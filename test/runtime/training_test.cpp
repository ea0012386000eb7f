// training_test.cpp: the command line's own arithmetic.
#include "runtime/cli/history.h"
#include "runtime/cli/progress.h"
#include "runtime/cli/saver.h"
#include "runtime/cli/training.h"
#include "runtime/error.h"
#include "test/runtime/handwritten_models.h"
#include "test/runtime/temporary_folder.h"

#include <gtest/gtest.h>

#include <cmath>

namespace {

TEST(BestPath, StandsBesideTheCheckpoint) {
  EXPECT_EQ(lathe::best_path("a/x.safetensors"), "a/x.best.safetensors");
  EXPECT_EQ(lathe::best_path("a.b/x"), "a.b/x.best.safetensors");
}

TEST(FormatMetric, IsAsInKeras) {
  EXPECT_EQ(lathe::format_metric(0.61234), "0.6123");
  EXPECT_EQ(lathe::format_metric(0.00012345), "1.2345e-04");
  EXPECT_EQ(lathe::format_metric(0), "0.0000");
  EXPECT_EQ(lathe::format_metric(std::nan("")), "nan");
  EXPECT_EQ(lathe::format_metric(-std::nan("")), "nan");
}

TEST(History, DropsTheEpochsThatAreDoneAgain) {
  TemporaryFolder folder;
  lathe_event event = {};
  event.learning_rate = 0.1f;
  {
    lathe::History history(folder / "h.csv", 0);
    for (int64_t epoch : {0, 1, 2}) {
      event.epoch = epoch;
      event.train = {10, 1.0 / 3, 0.5};
      event.validation = {epoch, 2, 0.25}; // none in epoch 0
      history.append(lathe::history_row(event));
    }
  }
  const std::string heading =
      "epoch,accuracy,loss,val_accuracy,val_loss,learning_rate\n";
  const std::string rows[] = {"0,0.5,0.3333333333333333,,,0.1\n",
                              "1,0.5,0.3333333333333333,0.25,2,0.1\n",
                              "2,0.5,0.3333333333333333,0.25,2,0.1\n"};
  EXPECT_EQ(read_text(folder / "h.csv"), heading + rows[0] + rows[1] + rows[2]);
  lathe::History(folder / "h.csv", 2).append(lathe::history_row(event));
  EXPECT_EQ(read_text(folder / "h.csv"), heading + rows[0] + rows[1] + rows[2]);
  lathe::History(folder / "h.csv", 1);
  EXPECT_EQ(read_text(folder / "h.csv"), heading + rows[0]);
  lathe::History(folder / "h.csv", 0);
  EXPECT_EQ(read_text(folder / "h.csv"), heading);
}

// The checkpoint of an epoch comes first, and its row may be lost or torn.
TEST(History, GetsTheLastRowFromTheCheckpoint) {
  TemporaryFolder folder;
  const std::string heading =
      "epoch,accuracy,loss,val_accuracy,val_loss,learning_rate\n";
  const std::string first = "0,0.5,0.5,,,0.1\n", second = "1,0.75,0.25,,,0.1\n";
  for (std::string rest : {"", "1,0.7", "1,0.75,0.25,,,0.1",
                           "1,0.75,0.25,,,0.1\n", "1,0.75,0.25,,,0.1\n2,0.5"}) {
    write_text(folder / "h.csv", heading + first + rest);
    lathe::History(folder / "h.csv", 2, "1,0.75,0.25,,,0.1");
    EXPECT_EQ(read_text(folder / "h.csv"), heading + first + second) << rest;
  }
  write_text(folder / "h.csv", heading);
  lathe::History(folder / "h.csv", 1, "0,0.5,0.5,,,0.1");
  EXPECT_EQ(read_text(folder / "h.csv"), heading + first);
  // A history that begins with the resumed run begins with its epochs.
  lathe::History(folder / "new.csv", 2, "1,0.75,0.25,,,0.1");
  EXPECT_EQ(read_text(folder / "new.csv"), heading);
}

TEST(History, ReplacesNothingElse) {
  TemporaryFolder folder;
  write_text(folder / "other.csv", "a,b\n1,2\n");
  for (int64_t epoch : {0, 1})
    EXPECT_THROW(lathe::History(folder / "other.csv", epoch), lathe::Error);
  EXPECT_EQ(read_text(folder / "other.csv"), "a,b\n1,2\n");
}

} // namespace
