// train_command.cpp: NAME train.
#include "runtime/cli/commands.h"
#include "runtime/cli/training.h"
#include "runtime/error.h"

#include <CLI/CLI.hpp>

#include <map>
#include <memory>
#include <string>

namespace lathe {

static bool has_text(const char *text) { return text && *text; }

void add_train_command(CLI::App &app, const lathe_model &model,
                       Action &action) {
  CLI::App *command = app.add_subcommand(
      "train", "Train the model, or go on training it, and save a checkpoint "
               "after each epoch");
  command->footer(fmt::format(
      "Ctrl-C and SIGTERM end after the current step and save; SIGUSR1 saves "
      "and "
      "goes on. --resume goes on as if nothing had happened.\n\nExamples:\n"
      "  {0} train --data DIR --epochs 10 --history history.csv\n"
      "  {0} train --data DIR --resume {0}.safetensors",
      model.name));
  auto options = std::make_shared<TrainOptions>();
  command
      ->add_option(
          "--data", options->data,
          "Folder with IDX, CIFAR binary, .npy or .npz files, or with a "
          "folder of pictures for each class; or a .csv table of pictures or "
          "numbers, or "
          "an .npz file")
      ->required()
      ->type_name("DATA");
  command
      ->add_option("--validation-data", options->validation_data,
                   fmt::format("Data to validate on, of their own, as for "
                               "--data [{}]",
                               has_text(model.recipe.validation_data)
                                   ? model.recipe.validation_data
                                   : "what is held out, or a part of --data"))
      ->type_name("DATA");
  command
      ->add_option("--epochs", options->epochs,
                   fmt::format("Epochs in total, those before a resume "
                               "included [{}]",
                               model.recipe.epochs))
      ->check(CLI::Range(int64_t(1), int64_t(1000000000)))
      ->type_name("N");
  CLI::Option *resume =
      command
          ->add_option("--resume", options->resume,
                       "Go on from this checkpoint, with its options")
          ->type_name("CKPT");
  command
      ->add_option("--init-weights", options->init_weights,
                   "Begin with the parameters that this safetensors file has, "
                   "by name; the optimizer begins anew")
      ->excludes(resume)
      ->type_name("FILE");
  CLI::Option *save =
      command
          ->add_option("--save", options->save,
                       fmt::format("Where to save [{}.safetensors, or the "
                                   "resumed file]",
                                   model.name))
          ->type_name("CKPT");
  command
      ->add_flag("--overwrite", options->overwrite,
                 "Begin anew although there is a checkpoint of an earlier "
                 "training, and replace it")
      ->excludes(resume)
      ->excludes(save);
  command
      ->add_option("--save-every", options->save_every,
                   "Save every N steps too")
      ->check(at_least_one())
      ->type_name("N");
  command
      ->add_option("--max-time", options->max_time,
                   "End after the step in which this time is over, and save: "
                   "90s, 30m, 2h, 1d")
      ->transform(CLI::AsNumberWithUnit(std::map<std::string, double>{
          {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}}))
      ->check(above_zero())
      ->type_name("TIME");
  command
      ->add_option(
          "--seed", options->seed,
          "Random seed for initialisation, shuffling, dropout, and what is "
          "held out of folders [0]")
      ->excludes(resume)
      ->type_name("N");
  command
      ->add_option("--threads", options->threads,
                   "Threads; the result does not depend on them [all CPUs]")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
  command
      ->add_option("--history", options->history,
                   "Write the figures of each epoch to this CSV file")
      ->type_name("FILE");
  command
      ->add_option("--sample-weights", options->sample_weights,
                   "What each sample's loss counts: an .npy array of a float "
                   "for each sample of the training data, where the model has "
                   "`sample_weight: true` [1]")
      ->type_name("FILE");
  command
      ->add_option("--batch-size", options->batch_size,
                   fmt::format("Samples of a step, at most {} [{}]",
                               model.batch, model.recipe.batch_size))
      ->check(at_least_one())
      ->type_name("N");
  command
      ->add_option(
          "--learning-rate", options->learning_rate,
          fmt::format("For all further steps [{}]", model.recipe.learning_rate))
      ->check(above_zero())
      ->type_name("X");
  command
      ->add_option("--limit", options->limit,
                   "Use only N samples for training, and for validation: the "
                   "first ones, or of folders an even share of each class")
      ->check(at_least_one())
      ->type_name("N");
  add_table_options(*command, options->reading);
  add_picture_options(*command, options->reading);
  add_cache_option(*command, options->reading);
  add_cache_dir_option(*command, options->reading);
  add_readers_option(*command, options->reading);
  command->callback([options, &model, &action] {
    action = [options, &model] { return Training(model, *options).run(); };
  });
}

} // namespace lathe
