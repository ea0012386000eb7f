// command_line_test.cpp: the executable as its users start it. What it
// saves is in saving_test.cpp.
#include "test/runtime/processes.h"

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#include <stb/stb_image_write.h>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace {

using Json = nlohmann::json;

TEST(CommandLine, TrainsEvaluatesAndPredicts) {
  TemporaryFolder folder;
  write_data(folder);
  Result train = run(folder, {"train", "--data", "data", "--epochs", "3",
                              "--history", "h.csv", "--threads", "2"});
  ASSERT_EQ(train.code, 0) << train.err;
  EXPECT_EQ(train.out.find("300 samples of 3 classes in data: 280 to train on, "
                           "20 for validation (the first 20 held out)\n"
                           "Epoch 1/3\n35/35 - 0s - loss: "),
            0u)
      << train.out;
  EXPECT_NE(train.out.find(" - val_loss: "), std::string::npos);
  EXPECT_EQ(train.out.find('\r'), std::string::npos); // not a terminal
  EXPECT_TRUE(std::filesystem::exists(folder / "fake_softmax.safetensors"));
  EXPECT_TRUE(
      std::filesystem::exists(folder / "fake_softmax.best.safetensors"));
  std::string history = read_text(folder / "h.csv");
  EXPECT_EQ(std::count(history.begin(), history.end(), '\n'), 4);

  Result evaluate = run(folder, {"evaluate", "--data", "data", "--weights",
                                 "fake_softmax.safetensors", "--json"});
  ASSERT_EQ(evaluate.code, 0) << evaluate.err;
  Json figures = Json::parse(evaluate.out);
  EXPECT_EQ(figures["samples"], 90);
  EXPECT_GT(figures["accuracy"], 0.95);
  EXPECT_LT(figures["loss"], 0.5);

  std::vector<uint8_t> pixels(36);
  for (int label : {0, 1, 2}) {
    for (int i = 0; i < 36; ++i)
      pixels[size_t(i)] = i / 12 == label ? 200 : 50;
    std::string name = folder / ("class" + std::to_string(label) + ".png");
    stbi_write_png(name.c_str(), 6, 6, 1, pixels.data(), 6);
  }
  Arguments predict = {"predict", "--weights", "fake_softmax.safetensors",
                       "class2.png", "class0.png"};
  Result text = run(folder, predict);
  ASSERT_EQ(text.code, 0) << text.err;
  EXPECT_EQ(text.out.find("class2.png: triangle 0."), 0u) << text.out;
  EXPECT_NE(text.out.find("\nclass0.png: circle 0."), std::string::npos);
  predict.insert(predict.end(), {"--json", "--top", "2"});
  Json predictions = Json::parse(run(folder, predict).out);
  ASSERT_EQ(predictions.size(), 2u);
  EXPECT_EQ(predictions[0]["file"], "class2.png");
  ASSERT_EQ(predictions[0]["predictions"].size(), 2u);
  EXPECT_EQ(predictions[0]["predictions"][0]["index"], 2);
  EXPECT_GT(predictions[0]["predictions"][0]["probability"], 0.5);
}

TEST(CommandLine, ResumedTrainingEqualsUninterrupted) {
  TemporaryFolder folder;
  write_data(folder);
  Arguments base = {"train", "--data", "data", "--batch-size",
                    "5",     "--seed", "9",    "--save"};
  auto with = [&](Arguments more) {
    Arguments all = base;
    all.insert(all.end(), more.begin(), more.end());
    return run(folder, all);
  };
  ASSERT_EQ(with({"whole", "--epochs", "3", "--history", "w.csv"}).code, 0);
  ASSERT_EQ(with({"part", "--epochs", "1", "--history", "p.csv"}).code, 0);
  // The batch size and the save path come from the checkpoint.
  Result rest = run(folder, {"train", "--data", "data", "--resume", "part",
                             "--epochs", "3", "--history", "p.csv"});
  ASSERT_EQ(rest.code, 0) << rest.err;
  EXPECT_NE(rest.out.find("\nEpoch 2/3"), std::string::npos) << rest.out;
  EXPECT_TRUE(read_text(folder / "part") == read_text(folder / "whole"));
  // The best epoch was the first; only the --epochs of that time differs.
  auto tensors = [&](const std::string &name) {
    std::string text = read_text(folder / name);
    return text.substr(text.find("\"optimizer/iteration\""));
  };
  EXPECT_TRUE(tensors("part.best.safetensors") ==
              tensors("whole.best.safetensors"));
  EXPECT_EQ(read_text(folder / "p.csv"), read_text(folder / "w.csv"));
  // And once more there is nothing left to do.
  Result again = run(folder, {"train", "--data", "data", "--resume", "part"});
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(again.out.find("Epoch"), std::string::npos) << again.out;
  EXPECT_EQ(again.err, "part is finished: all of its 3 epochs are done; "
                       "--epochs goes on to a larger number\n");
  EXPECT_TRUE(read_text(folder / "part") == read_text(folder / "whole"));
}

// With steps of no length, training ends with the weights it began with.
TEST(CommandLine, TrainingBeginsWithGivenWeights) {
  TemporaryFolder folder;
  write_data(folder);
  ASSERT_EQ(run(folder, {"train", "--data", "data", "--epochs", "2", "--seed",
                         "7", "--save", "first"})
                .code,
            0);
  Result second =
      run(folder, {"train", "--data", "data", "--epochs", "1", "--init-weights",
                   "first", "--learning-rate", "1e-30", "--save", "second"});
  ASSERT_EQ(second.code, 0) << second.err;
  EXPECT_EQ(second.err, "");
  EXPECT_NE(second.out.find("\nEpoch 1/1"), std::string::npos) << second.out;
  auto evaluate = [&](const char *weights) {
    return run(folder,
               {"evaluate", "--data", "data", "--weights", weights, "--json"})
        .out;
  };
  EXPECT_EQ(evaluate("second"), evaluate("first"));
  // Another program's file with one of the weights, and one of its own.
  Json header = {
      {"dense/bias",
       {{"dtype", "F32"}, {"shape", {3}}, {"data_offsets", {0, 12}}}},
      {"scale",
       {{"dtype", "F32"},
        {"shape", Json::array()},
        {"data_offsets", {12, 16}}}}};
  std::string text = header.dump();
  uint64_t length = text.size();
  write_text(folder / "foreign",
             std::string(reinterpret_cast<char *>(&length), 8) + text +
                 std::string(16, '\0'));
  Result foreign = run(folder, {"train", "--data", "data", "--epochs", "1",
                                "--init-weights", "foreign"});
  EXPECT_EQ(foreign.code, 0);
  EXPECT_EQ(foreign.err,
            "foreign does not have these parameters, which begin anew: "
            "dense/kernel, rescaling/scale\n"
            "foreign has tensors that are not the model's: scale\n");
}

std::string weights_file(size_t count) {
  std::vector<float> weights;
  for (size_t i = 0; i < count; ++i)
    weights.push_back(float(i % 5) / 2);
  return npy("<f4", "(" + std::to_string(count) + ",)", bytes_of(weights));
}

TEST(CommandLine, SampleWeightsCountAndResumedTrainingKeepsThem) {
  TemporaryFolder folder;
  write_data(folder);
  write_text(folder / "w.npy", weights_file(300));
  write_text(folder / "t.npy", weights_file(90));
  auto run_weighted = [&](Arguments arguments) {
    arguments.insert(arguments.begin() + 1, {"--data", "data"});
    Result result = run_program("weighted_softmax", folder, arguments);
    EXPECT_EQ(result.code, 0) << result.err;
    return result;
  };
  run_weighted({"train", "--epochs", "3", "--save", "plain"});
  run_weighted({"train", "--sample-weights", "w.npy", "--epochs", "3", "--save",
                "whole"});
  run_weighted({"train", "--sample-weights", "w.npy", "--epochs", "1", "--save",
                "part"});
  run_weighted({"train", "--resume", "part", "--epochs", "3"});
  EXPECT_TRUE(read_text(folder / "part") == read_text(folder / "whole"));
  EXPECT_FALSE(read_text(folder / "plain") == read_text(folder / "whole"));

  Arguments evaluate = {"evaluate", "--weights", "whole", "--json"};
  Json plain = Json::parse(run_weighted(evaluate).out);
  evaluate.insert(evaluate.end(), {"--sample-weights", "t.npy"});
  Json weighted = Json::parse(run_weighted(evaluate).out);
  EXPECT_EQ(plain["accuracy"], weighted["accuracy"]);
  EXPECT_NE(plain["loss"], weighted["loss"]);
}

TEST(CommandLine, Benchmarks) {
  TemporaryFolder folder;
  Result text = run(folder, {"benchmark", "--time", "0.01"});
  EXPECT_EQ(text.out.find("batch 8, "), 0u) << text.out << text.err;
  Result result = run(folder, {"benchmark", "--batch", "4", "--threads", "1",
                               "--time", "0.01", "--json"});
  ASSERT_EQ(result.code, 0) << result.err;
  Json figures = Json::parse(result.out);
  EXPECT_EQ(figures["batch"], 4);
  EXPECT_EQ(figures["threads"], 1);
  for (std::string what : {"train_step", "predict"}) {
    EXPECT_GT(figures[what + "_best_ms"], 0);
    EXPECT_GE(figures[what + "_ms"], figures[what + "_best_ms"]);
  }
}

TEST(CommandLine, BenchmarksOneStep) {
  TemporaryFolder folder;
  for (auto [only, other] : {std::pair("train", "predict_ms"),
                             std::pair("predict", "train_step_ms")}) {
    Result result =
        run(folder, {"benchmark", "--only", only, "--time", "0.01", "--json"});
    ASSERT_EQ(result.code, 0) << result.err;
    Json figures = Json::parse(result.out);
    EXPECT_FALSE(figures.contains(other));
    EXPECT_EQ(figures.size(), 5u); // batch, threads, median, best, runs
  }
  Result result = run(folder, {"benchmark", "--only", "training"});
  EXPECT_EQ(result.code, 2);
}

// A model without kernels: all is outside of them.
TEST(CommandLine, BenchmarksScaling) {
  TemporaryFolder folder;
  Result result = run(folder, {"benchmark", "--scaling", "--threads", "1",
                               "--time", "0", "--json"});
  ASSERT_EQ(result.code, 0) << result.err;
  Json figures = Json::parse(result.out);
  EXPECT_EQ(figures["cores"], 16);
  EXPECT_EQ(figures["hand_off"]["measured"], false); // by one thread
  for (std::string step : {"train", "predict"}) {
    const Json &scaling = figures[step];
    EXPECT_EQ(scaling["measured"].size(), 1u);
    ASSERT_EQ(scaling["kernels"].size(), 1u);
    EXPECT_EQ(scaling["kernels"][0]["name"], "(outside kernels)");
    EXPECT_EQ(scaling["kernels"][0]["share"], 1);
    EXPECT_EQ(scaling["predicted"][4]["cores"], 16);
    EXPECT_EQ(scaling["predicted"][4]["ms"], scaling["kernels"][0]["ms"]);
  }
  for (Arguments arguments : {Arguments{"benchmark", "--cores", "8"},
                              {"benchmark", "--bandwidth", "100"},
                              {"benchmark", "--scaling", "--profile"},
                              {"benchmark", "--scaling", "--cores", "1"}})
    EXPECT_EQ(run(folder, arguments).code, 2);
}

TEST(CommandLine, DescribesTheModel) {
  TemporaryFolder folder;
  Result result = run(folder, {"info", "--json"});
  ASSERT_EQ(result.code, 0) << result.err;
  Json info = Json::parse(result.out);
  EXPECT_EQ(info["name"], "fake_softmax");
  EXPECT_EQ(info["input"], Json({6, 6, 1}));
  EXPECT_EQ(info["classes"], Json({"circle", "square", "triangle"}));
  EXPECT_EQ(info["sizes"]["params"], full_model.params_size);
  EXPECT_EQ(info["recipe"]["early_stopping"]["monitor"], "val_loss");
  EXPECT_EQ(info["recipe"]["validation_split"]["first"], 20);
  EXPECT_EQ(info["parameters"].size(), 3u);
  EXPECT_EQ(info["parameters"][0]["shape"], Json({36, 3}));
  std::string text = run(folder, {"info"}).out;
  EXPECT_NE(text.find("fake_softmax"), std::string::npos);
  EXPECT_NE(text.find("dense/kernel"), std::string::npos);
}

struct Mistake {
  Arguments arguments;
  int code;
  std::string message; // part of stderr
  std::string program = "softmax";
};

TEST(CommandLine, MistakesAreOneMessage) {
  TemporaryFolder folder;
  write_data(folder);
  ASSERT_EQ(run(folder,
                {"train", "--data", "data", "--epochs", "1", "--save", "good"})
                .code,
            0);
  write_text(folder / "bad", "0123456789");
  write_text(folder / "noimage.png", "0123456789");
  write_text(folder / "empty/x", "");
  for (const Mistake &mistake : std::vector<Mistake>{
           {{}, 2, "A subcommand is required"},
           {{"fly"}, 2, "no command 'fly'"},
           {{"train"}, 2, "--data"},
           {{"train", "--data", "data", "--epochs", "0"}, 2, "--epochs"},
           {{"train", "--data", "data", "--save-every", "0"},
            2,
            "--save-every: must be at least 1, but is 0"},
           {{"train", "--data", "data", "--learning-rate", "nan"},
            2,
            "--learning-rate: must be above 0, but is nan"},
           {{"train", "--data", "data", "--overwrite", "--save", "x"},
            2,
            "--save excludes --overwrite"},
           {{"predict", "--weights", "good", "--top", "0", "x.png"},
            2,
            "--top: Value 0 not in range 1 to 3"},
           {{"evaluate", "--data", "data", "--weights", "good", "--top", "2"},
            2,
            "--top requires --report"},
           {{"train", "--data", "data", "--seed", "1", "--resume", "good"},
            2,
            "--seed"},
           {{"train", "--data", "data", "--init-weights", "a", "--resume",
             "good"},
            2,
            "--init-weights"},
           {{"train", "--data", "data", "--init-weights", "bad"},
            1,
            "bad: byte 0"},
           {{"train", "--data", "none"}, 1, "none: no such folder"},
           {{"train", "--data", "empty"}, 1, "empty: no data found"},
           {{"train", "--data", "data", "--batch-size", "17"}, 1, "at most 16"},
           {{"train", "--data", "data", "--resume", "bad"}, 1, "bad: byte 0"},
           {{"train", "--data", "data", "--save", "none/x"},
            1,
            "cannot write none/x: No such file"},
           {{"train", "--data", "data", "--history", "none/x"},
            1,
            "cannot write none/x: No such file"},
           {{"train", "--data", "data", "--learning-rate", "1e38"},
            1,
            "infinite or NaN"},
           {{"train", "--data", "data", "--sample-weights", "bad"},
            1,
            "this model takes none; compile it with `sample_weight: true`"},
           {{"train", "--data", "data", "--sample-weights", "bad"},
            1,
            "bad: byte 0: is not an .npy file",
            "weighted_softmax"},
           {{"evaluate", "--data", "data", "--weights", "none"},
            1,
            "none: no such file"},
           {{"predict", "--weights", "good", "noimage.png"},
            1,
            "noimage.png: byte 0"},
           {{"benchmark", "--batch", "17"}, 1, "at most 16"},
           {{"info"}, 1, "LATHE_ERROR_VERSION", "too_new_version_softmax"},
           {{"benchmark"}, 1, "CPU lacks instructions", "too_new_cpu_softmax"},
       }) {
    Result result = run_program(mistake.program, folder, mistake.arguments);
    EXPECT_EQ(result.code, mistake.code) << result.err;
    EXPECT_EQ(result.err.find(mistake.program + ": error: "), 0u) << result.err;
    EXPECT_NE(result.err.find(mistake.message), std::string::npos)
        << result.err;
  }
}

// The default place; one that the user names is overwritten.
TEST(CommandLine, AnEarlierTrainingIsNotOverwritten) {
  TemporaryFolder folder;
  write_data(folder);
  const Arguments train = {"train", "--data", "data", "--epochs", "1"};
  ASSERT_EQ(run(folder, train).code, 0);
  const std::string first = read_text(folder / "fake_softmax.safetensors");
  Result again = run(folder, {"train", "--data", "data", "--seed", "2"});
  EXPECT_EQ(again.code, 1);
  EXPECT_EQ(
      again.err,
      "softmax: error: fake_softmax.safetensors is there already, from an "
      "earlier training: --resume fake_softmax.safetensors goes on with "
      "it, --save FILE saves elsewhere, --overwrite begins anew and "
      "replaces it\n");
  EXPECT_TRUE(read_text(folder / "fake_softmax.safetensors") == first);
  for (const char *option : {"--save", "--overwrite"}) {
    Arguments more = {"train", "--data", "data", "--seed", "2", option};
    if (option == std::string("--save"))
      more.push_back("fake_softmax.safetensors");
    Result result = run(folder, more);
    EXPECT_EQ(result.code, 0) << result.err;
    EXPECT_FALSE(read_text(folder / "fake_softmax.safetensors") == first);
  }
}

TEST(CommandLine, SaysWhatHasNoEffect) {
  TemporaryFolder folder;
  write_data(folder);
  Result result =
      run(folder, {"train", "--data", "data", "--epochs", "3", "--save-every",
                   "36", "--limit", "290", "--save", "x"});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.err,
            "--save-every 36 has no effect: an epoch has 35 steps, and is "
            "saved at its end\n"
            "--limit 290 has no effect on training: there are 280 samples for "
            "it\n");
}

TEST(CommandLine, HelpHasAnExampleForEachCommand) {
  TemporaryFolder folder;
  for (std::string command :
       {"train", "evaluate", "predict", "data", "benchmark", "info"}) {
    Result result = run(folder, {command, "--help"});
    EXPECT_EQ(result.code, 0);
    EXPECT_NE(result.out.find("\n  fake_softmax " + command), std::string::npos)
        << result.out;
  }
}

} // namespace
