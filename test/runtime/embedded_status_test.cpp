// embedded_status_test.cpp: every status the artifact's functions return, and
// that a refused call wrote nothing.
#include "test/runtime/handwritten_models.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

namespace {

struct Call {
  const char *name;
  int expected;
  std::function<int(Instance &, ShapesData &)> run;
};

int train_step(Instance &i, const ShapesData &d, int n, const int32_t *labels) {
  float loss;
  return i.model.train_step(i.params.data(), i.state.data(), i.arena.data(),
                            d.images.data(), labels, n, &loss);
}

int evaluate(Instance &i, const lathe_dataset &data) {
  lathe_metrics metrics;
  return i.model.evaluate(i.params.data(), i.arena.data(), &data, &metrics);
}

lathe_dataset broken(const ShapesData &data, int64_t count, bool images,
                     bool labels) {
  lathe_dataset result = data.dataset();
  result.count = count;
  if (!images)
    result.images = nullptr;
  if (!labels)
    result.labels = nullptr;
  return result;
}

int fit_with(Instance &i, const ShapesData &d, int64_t epochs, int32_t batch,
             float rate) {
  lathe_fit_options options = {};
  options.epochs = epochs;
  options.batch_size = batch;
  options.learning_rate = rate;
  return fit(i, d.dataset(), nullptr, options);
}

int fail(void *, const int64_t *, int, void *, int32_t *) { return 1; }
int bad_label(void *, const int64_t *, int n, void *images, int32_t *labels) {
  for (int i = 0; i < n; ++i)
    labels[i] = 3;
  std::memset(images, 0, n * 36 * sizeof(float));
  return 0;
}

const std::vector<Call> calls = {
    {"init null params", LATHE_ERROR_ARGUMENT,
     [](Instance &i, ShapesData &) {
       return i.model.init(nullptr, i.state.data(), 1);
     }},
    {"init null state", LATHE_ERROR_ARGUMENT,
     [](Instance &i, ShapesData &) {
       return i.model.init(i.params.data(), nullptr, 1);
     }},
    {"init unaligned", LATHE_ERROR_ALIGNMENT,
     [](Instance &i, ShapesData &) {
       return i.model.init(i.params.data() + 32, i.state.data(), 1);
     }},
    {"predict null", LATHE_ERROR_ARGUMENT,
     [](Instance &i, ShapesData &d) {
       return i.model.predict(i.params.data(), i.arena.data(), d.images.data(),
                              1, nullptr);
     }},
    {"predict negative", LATHE_ERROR_ARGUMENT,
     [](Instance &i, ShapesData &d) {
       float p[3];
       return i.model.predict(i.params.data(), i.arena.data(), d.images.data(),
                              -1, p);
     }},
    {"predict unaligned arena", LATHE_ERROR_ALIGNMENT,
     [](Instance &i, ShapesData &d) {
       float p[3];
       return i.model.predict(i.params.data(), i.arena.data() + 4,
                              d.images.data(), 1, p);
     }},
    {"prepare null", LATHE_ERROR_ARGUMENT,
     [](Instance &i, ShapesData &) {
       return i.model.prepare(i.params.data(), nullptr, i.arena.data());
     }},
    {"prepare unaligned", LATHE_ERROR_ALIGNMENT,
     [](Instance &i, ShapesData &) {
       return i.model.prepare(i.params.data(), i.arena.data() + 4,
                              i.arena.data());
     }},
    {"predict_prepared null", LATHE_ERROR_ARGUMENT,
     [](Instance &i, ShapesData &d) {
       float p[3];
       return i.model.predict_prepared(i.params.data(), nullptr, i.arena.data(),
                                       d.images.data(), 1, p);
     }},
    {"predict_prepared negative", LATHE_ERROR_ARGUMENT,
     [](Instance &i, ShapesData &d) {
       float p[3];
       return i.model.predict_prepared(i.params.data(), i.state.data(),
                                       i.arena.data(), d.images.data(), -1, p);
     }},
    {"train_step n 0", LATHE_ERROR_BATCH,
     [](Instance &i, ShapesData &d) {
       return train_step(i, d, 0, d.labels.data());
     }},
    {"train_step n 17", LATHE_ERROR_BATCH,
     [](Instance &i, ShapesData &d) {
       return train_step(i, d, 17, d.labels.data());
     }},
    {"train_step negative", LATHE_ERROR_ARGUMENT,
     [](Instance &i, ShapesData &d) {
       return train_step(i, d, -1, d.labels.data());
     }},
    {"train_step null labels", LATHE_ERROR_ARGUMENT,
     [](Instance &i, ShapesData &d) { return train_step(i, d, 1, nullptr); }},
    {"train_step label 3", LATHE_ERROR_LABEL,
     [](Instance &i, ShapesData &d) {
       d.labels[3] = 3;
       return train_step(i, d, 4, d.labels.data());
     }},
    {"train_step label -1", LATHE_ERROR_LABEL,
     [](Instance &i, ShapesData &d) {
       d.labels[3] = -1;
       return train_step(i, d, 4, d.labels.data());
     }},
    {"evaluate without data", LATHE_ERROR_ARGUMENT,
     [](Instance &i, ShapesData &) {
       lathe_metrics metrics;
       return i.model.evaluate(i.params.data(), i.arena.data(), nullptr,
                               &metrics);
     }},
    {"evaluate negative count", LATHE_ERROR_ARGUMENT,
     [](Instance &i, ShapesData &d) {
       return evaluate(i, broken(d, -1, true, true));
     }},
    {"evaluate without images", LATHE_ERROR_ARGUMENT,
     [](Instance &i, ShapesData &d) {
       return evaluate(i, broken(d, 4, false, true));
     }},
    {"evaluate without labels", LATHE_ERROR_ARGUMENT,
     [](Instance &i, ShapesData &d) {
       return evaluate(i, broken(d, 4, true, false));
     }},
    {"evaluate label", LATHE_ERROR_LABEL,
     [](Instance &i, ShapesData &d) {
       d.labels[39] = 7;
       return evaluate(i, d.dataset());
     }},
    {"evaluate callback fails", LATHE_ERROR_DATA,
     [](Instance &i, ShapesData &) {
       lathe_dataset data = {40,      nullptr, nullptr,   fail,
                             nullptr, nullptr, LATHE_F32, nullptr};
       return evaluate(i, data);
     }},
    {"fit callback fails", LATHE_ERROR_DATA,
     [](Instance &i, ShapesData &) {
       lathe_dataset data = {40,      nullptr, nullptr,   fail,
                             nullptr, nullptr, LATHE_F32, nullptr};
       return fit(i, data);
     }},
    {"fit callback's label", LATHE_ERROR_LABEL,
     [](Instance &i, ShapesData &) {
       lathe_dataset data = {40,      nullptr, nullptr,   bad_label,
                             nullptr, nullptr, LATHE_F32, nullptr};
       return fit(i, data);
     }},
    {"fit label", LATHE_ERROR_LABEL,
     [](Instance &i, ShapesData &d) {
       d.labels[39] = 7;
       return fit(i, d.dataset());
     }},
    {"fit without samples", LATHE_ERROR_ARGUMENT,
     [](Instance &i, ShapesData &d) {
       return fit(i, broken(d, 0, true, true));
     }},
    {"fit negative epochs", LATHE_ERROR_ARGUMENT,
     [](Instance &i, ShapesData &d) { return fit_with(i, d, -1, 0, 0); }},
    {"fit batch above the largest", LATHE_ERROR_ARGUMENT,
     [](Instance &i, ShapesData &d) { return fit_with(i, d, 1, 17, 0); }},
    {"fit negative rate", LATHE_ERROR_ARGUMENT,
     [](Instance &i, ShapesData &d) { return fit_with(i, d, 1, 0, -1); }},
    {"fit rate NaN", LATHE_ERROR_ARGUMENT,
     [](Instance &i, ShapesData &d) {
       return fit_with(i, d, 1, 0, std::strtof("nan", nullptr));
     }},
    {"fit bad validation", LATHE_ERROR_ARGUMENT,
     [](Instance &i, ShapesData &d) {
       lathe_dataset validation = broken(d, 4, true, false);
       return fit(i, d.dataset(), &validation);
     }},
};

TEST(Status, WrongCallsAreRefusedAndWriteNothing) {
  for (const Call &call : calls) {
    Instance instance(plain_model);
    ShapesData data(40);
    std::string before = instance.bytes();
    int status = call.run(instance, data);
    EXPECT_STREQ(plain_model.status_name(status),
                 plain_model.status_name(call.expected))
        << call.name;
    EXPECT_TRUE(instance.bytes() == before) << call.name;
  }
}

TEST(Status, ARecordThatDoesNotFitTheDataIsRefused) {
  for (auto [name, value] :
       {std::pair{"fit/samples", 41}, {"fit/samples", -8}, {"fit/epoch", -1}}) {
    Instance instance(plain_model);
    ShapesData data(40);
    instance.at<int64_t>(name) = value;
    EXPECT_EQ(fit(instance, data.dataset()), LATHE_ERROR_ARGUMENT) << name;
  }
}

TEST(Status, ASplitThatLeavesNothingToTrainOnIsRefused) {
  ShapesData data(20);
  Instance instance(full_model); // sets 20 apart
  EXPECT_EQ(fit(instance, data.dataset()), LATHE_ERROR_ARGUMENT);
}

TEST(Status, EveryFunctionRefusesACpuThatLacksInstructions) {
  Instance i(too_new_cpu_model);
  ShapesData data(4);
  float p[12], loss;
  lathe_metrics metrics;
  lathe_dataset set = data.dataset();
  EXPECT_EQ(i.model.init(i.params.data(), i.state.data(), 1), LATHE_ERROR_CPU);
  EXPECT_EQ(i.model.predict(i.params.data(), i.arena.data(), data.images.data(),
                            4, p),
            LATHE_ERROR_CPU);
  EXPECT_EQ(i.model.train_step(i.params.data(), i.state.data(), i.arena.data(),
                               data.images.data(), data.labels.data(), 4,
                               &loss),
            LATHE_ERROR_CPU);
  EXPECT_EQ(i.model.evaluate(i.params.data(), i.arena.data(), &set, &metrics),
            LATHE_ERROR_CPU);
  EXPECT_EQ(fit(i, set), LATHE_ERROR_CPU);
}

TEST(Status, WrongSampleWeightsAreRefusedAndWriteNothing) {
  ShapesData data(40);
  for (float weight : {-1.0f, -1e-30f, std::strtof("nan", nullptr),
                       std::strtof("inf", nullptr)}) {
    std::vector<float> weights(40, 1.0f);
    weights[39] = weight;
    lathe_dataset set = data.dataset(), callback = callback_dataset(data);
    set.sample_weights = callback.sample_weights = weights.data();
    Instance i(weighted_model);
    std::string before = i.bytes();
    float loss;
    EXPECT_EQ(fit(i, set), LATHE_ERROR_WEIGHT) << weight;
    EXPECT_EQ(fit(i, callback), LATHE_ERROR_WEIGHT) << weight;
    EXPECT_EQ(fit(i, data.dataset(), &set), LATHE_ERROR_WEIGHT) << weight;
    EXPECT_EQ(evaluate(i, set), LATHE_ERROR_WEIGHT) << weight;
    EXPECT_EQ(i.model.train_step_weighted(i.params.data(), i.state.data(),
                                          i.arena.data(), data.images.data(),
                                          data.labels.data(), &weights[36], 4,
                                          &loss),
              LATHE_ERROR_WEIGHT)
        << weight;
    EXPECT_TRUE(i.bytes() == before) << weight;
  }
  EXPECT_STREQ(weighted_model.status_name(LATHE_ERROR_WEIGHT),
               "LATHE_ERROR_WEIGHT");
}

TEST(Status, AModelThatTakesNoSampleWeightsRefusesThem) {
  ShapesData data(40);
  std::vector<float> weights(40, 1.0f);
  lathe_dataset set = data.dataset();
  set.sample_weights = weights.data();
  Instance i(plain_model);
  EXPECT_EQ(fit(i, set), LATHE_ERROR_WEIGHT);
  EXPECT_EQ(evaluate(i, set), LATHE_ERROR_WEIGHT);
  EXPECT_EQ(plain_model.train_step_weighted, nullptr);
}

// The step with a value that is not finite, or too large to be sure: an error
// that names it, and all as it was before.
struct Overflow {
  const char *name;
  const char *culprit;
  std::function<void(Instance &, ShapesData &)> spoil;
};

const std::vector<Overflow> overflows = {
    {"NaN in an image", "images",
     [](Instance &, ShapesData &d) { d.images[77] = NAN; }},
    {"an infinite pixel", "images",
     [](Instance &, ShapesData &d) { d.images[0] = -INFINITY; }},
    {"NaN in a parameter", "dense/bias",
     [](Instance &i, ShapesData &) { i.at<float>("dense/bias") = NAN; }},
    {"a loss that overflows", "loss",
     [](Instance &i, ShapesData &) { i.at<float>("dense/bias") = 3e38f; }},
    {"a gradient that is infinite while the loss is not", "dense/kernel",
     [](Instance &i, ShapesData &d) {
       i.at<float>("rescaling/scale") = 1e38f;
       std::memset(&i.at<float>("dense/kernel"), 0, 36 * 3 * sizeof(float));
       for (float &pixel : d.images)
         pixel = 1e3f;
     }},
    {"a gradient of 1e20", "dense/kernel",
     [](Instance &i, ShapesData &) {
       i.at<float>("rescaling/scale") = 1e20f;
       std::memset(&i.at<float>("dense/kernel"), 0, 36 * 3 * sizeof(float));
     }},
    {"a learning rate of 1e30", "optimizer/learning_rate",
     [](Instance &i, ShapesData &) {
       i.at<float>("optimizer/learning_rate") = 1e30f;
     }},
};

TEST(NotFinite, TheStepIsAsIfItHadNotBeen) {
  for (const Overflow &overflow : overflows) {
    Instance instance(plain_model);
    ShapesData data(16);
    overflow.spoil(instance, data);
    std::string before = instance.bytes();
    EXPECT_EQ(train_step(instance, data, 16, data.labels.data()),
              LATHE_ERROR_NOT_FINITE)
        << overflow.name;
    EXPECT_TRUE(instance.bytes() == before) << overflow.name;
    EXPECT_STREQ(plain_model.first_not_finite(instance.arena.data()),
                 overflow.culprit)
        << overflow.name;
  }
}

TEST(NotFinite, AGoodStepNamesNothing) {
  Instance instance(plain_model);
  ShapesData data(16);
  EXPECT_EQ(train_step(instance, data, 16, data.labels.data()), LATHE_OK);
  EXPECT_EQ(plain_model.first_not_finite(instance.arena.data()), nullptr);
  EXPECT_EQ(plain_model.first_not_finite(nullptr), nullptr);
}

TEST(NotFinite, WhatAStepWritesEarlyIsRestored) {
  Instance instance(stop_loss_model); // counts its steps before the loss
  float images[4] = {}, loss;
  int32_t labels[4] = {};
  for (float bad : {NAN, INFINITY, -INFINITY, 1e36f}) {
    reinterpret_cast<float *>(instance.params.data())[1] = bad;
    std::string before = instance.bytes();
    EXPECT_EQ(instance.model.train_step(
                  instance.params.data(), instance.state.data(),
                  instance.arena.data(), images, labels, 4, &loss),
              LATHE_ERROR_NOT_FINITE);
    EXPECT_TRUE(instance.bytes() == before) << bad;
  }
}

TEST(NotFinite, FitBeginsWithNothingThatIsNot) {
  Instance instance(plain_model);
  ShapesData data(16);
  instance.at<float>("optimizer/velocity/dense/bias") = INFINITY;
  std::string before = instance.bytes();
  EXPECT_EQ(fit(instance, data.dataset()), LATHE_ERROR_NOT_FINITE);
  EXPECT_TRUE(instance.bytes() == before);
  EXPECT_STREQ(plain_model.first_not_finite(instance.arena.data()),
               "optimizer/velocity/dense/bias");
}

TEST(Status, HasNames) {
  EXPECT_STREQ(plain_model.status_name(LATHE_ERROR_VERSION),
               "LATHE_ERROR_VERSION");
  EXPECT_STREQ(plain_model.status_name(-99), "unknown status");
}

TEST(Predict, RunsInChunksOfTheBatch) {
  Instance instance(plain_model);
  ShapesData data(45);
  std::vector<float> all(45 * 3), one(3);
  ASSERT_EQ(plain_model.predict(instance.params.data(), instance.arena.data(),
                                data.images.data(), 45, all.data()),
            LATHE_OK);
  for (int i = 0; i < 45; ++i) {
    plain_model.predict(instance.params.data(), instance.arena.data(),
                        &data.images[36 * i], 1, one.data());
    EXPECT_EQ(std::vector<float>(&all[3 * i], &all[3 * i] + 3), one);
  }
}

} // namespace
