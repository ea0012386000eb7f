//===- Recipe.cpp - The tables of the training recipe ---------------------===//
#include "compiler/frontend/DataSection.h"
#include "compiler/frontend/RecipeTables.h"

using namespace lathe::frontend;

//===- Sections -----------------------------------------------------------===//

namespace {

constexpr Argument inputMembers[] = {
    {.name = "shape",
     .kind = Kind::Extents,
     .fallback = required,
     .doc =
         "1 to 3 extents without the batch; of images height, width, channels",
     .range = {1, 1 << 20}},
    {.name = "name",
     .kind = Kind::Name,
     .fallback = none,
     .doc = "what layers may call it besides 'input'"},
};

constexpr Argument optionalInputMembers[] = {
    {.name = "shape",
     .kind = Kind::Extents,
     .fallback = none,
     .doc = inputMembers[0].doc,
     .range = {1, 1 << 20}},
};

constexpr llvm::StringLiteral accuracyMetricAliases[] = {
    "acc",
    "Accuracy",
    "categorical_accuracy",
    "sparse_categorical_accuracy",
    "binary_accuracy",
    "CategoricalAccuracy",
    "SparseCategoricalAccuracy",
    "BinaryAccuracy"};
constexpr llvm::StringLiteral topAliases[] = {
    "sparse_top_k_categorical_accuracy", "top_5_accuracy",
    "TopKCategoricalAccuracy", "SparseTopKCategoricalAccuracy"};
constexpr llvm::StringLiteral precisionAliases[] = {"Precision"};
constexpr llvm::StringLiteral recallAliases[] = {"Recall"};
constexpr llvm::StringLiteral f1Aliases[] = {"F1Score", "f1"};
constexpr llvm::StringLiteral aucAliases[] = {"AUC"};

constexpr Choice metrics[] = {
    {"accuracy", "share of labels predicted right; also reported in training",
     accuracyMetricAliases},
    {"top_k_categorical_accuracy",
     "share of images whose class is among the five most probable; needs one "
     "class per image",
     topAliases},
    {"precision",
     "share of a class's predictions that are right; this and the "
     "following as the mean over the classes, of two with one "
     "output those of class 1",
     precisionAliases},
    {"recall", "share of a class's images that are found", recallAliases},
    {"f1_score", "harmonic mean of the two", f1Aliases},
    {"auc", "area under the receiver operating characteristic", aucAliases},
};

constexpr Argument compileMembers[] = {
    {.name = "optimizer",
     .kind = Kind::Entry,
     .fallback = "rmsprop",
     .doc = "a name, or {name: {arguments}}",
     .family = &optimizerFamily},
    {.name = "loss",
     .kind = Kind::Entry,
     .fallback = "categorical_crossentropy",
     .doc = "a name, or {name: {arguments}}",
     .family = &lossFamily},
    {.name = "metrics",
     .kind = Kind::Choices,
     .fallback = none,
     .doc = "figures that train and evaluate report besides the loss; without "
            "it, accuracy",
     .choices = metrics},
};

constexpr Choice classWeights[] = {
    {"balanced", "samples / (classes * samples of the class), of the training "
                 "data; in fit alone"},
};

constexpr Choice samplings[] = {
    {"oversample", "as many of each class as the largest has, some repeatedly"},
    {"undersample", "as many of each class as the smallest has, others in each "
                    "epoch"},
    {"weighted", "as many as there are, drawn with replacement, each class as "
                 "likely"},
};

constexpr Argument fitMembers[] = {
    {.name = "batch_size",
     .kind = Kind::Integer,
     .fallback = "32",
     .doc = "images per step",
     .range = {1, 1 << 20}},
    {.name = "epochs",
     .kind = Kind::Integer,
     .fallback = "1",
     .doc = "passes over the training data",
     .range = countRange},
    {.name = "verbose",
     .kind = Kind::Text,
     .fallback = none,
     .doc = "Keras's; train always prints its progress",
     .idle = "train always prints its progress"},
    {.name = "shuffle",
     .kind = Kind::Flag,
     .fallback = "true",
     .doc = "a new order of the training data in each epoch"},
    {.name = "validation_split",
     .kind = Kind::Split,
     .fallback = none,
     .doc = "training data held out for validation: a fraction (of arrays the "
            "end, as in Keras; of each class of a folder), or of arrays "
            "{first: N} or {last: N}",
     .range = {1, 1e9}},
    {.name = "validation_data",
     .kind = Kind::Text,
     .fallback = none,
     .doc = "folder or file of the data to validate on, as train --data takes "
            "it; relative to where train runs. --validation-data takes its "
            "place"},
    {.name = "class_weight",
     .kind = Kind::Weights,
     .fallback = none,
     .doc = "what the loss of an image counts in training, by its class; 1 for "
            "classes that are not listed",
     .range = notNegative,
     .choices = classWeights},
    {.name = "sampling",
     .kind = Kind::Choice,
     .fallback = none,
     .doc = "which samples an epoch has, so that classes are equally frequent; "
            "by default each sample once",
     .choices = samplings},
    {.name = "sample_weight",
     .kind = Kind::Flag,
     .fallback = "false",
     .doc = "what the loss of an image counts is given with the data (train "
            "--sample-weights); times class_weight"},
    {.name = "callbacks",
     .kind = Kind::Entries,
     .fallback = none,
     .doc = "what happens between epochs",
     .family = &callbackFamily},
};

constexpr Choice dataFormats[] = {
    {"channels_first", "an image is channels x height x width"},
    {"channels_last", "an image is height x width x channels"},
};

constexpr Argument baseMembers[] = {
    {.name = "output",
     .kind = Kind::Text,
     .fallback = none,
     .doc = "the value of the graph that the head reads, or that the loss does "
            "where there is no head; by default the graph's output"},
    {.name = "data_format",
     .kind = Kind::Choice,
     .fallback = none,
     .doc =
         "where the graph's input has its channels; by default first, unless "
         "the graph begins with a Transpose that moves them there",
     .choices = dataFormats},
};

// Of model descriptions and of recipes:
constexpr Argument compileSection{.name = "compile",
                                  .kind = Kind::Section,
                                  .fallback = none,
                                  .doc = "how the network learns",
                                  .members = compileMembers};
constexpr Argument fitSection{.name = "fit",
                              .kind = Kind::Section,
                              .fallback = none,
                              .doc = "how training runs",
                              .members = fitMembers};

} // namespace

llvm::ArrayRef<Argument> lathe::frontend::modelSections() {
  static const Argument sections[] = {
      {.name = "name",
       .kind = Kind::Name,
       .fallback = required,
       .doc =
           "the model's name, which every symbol of its artifact begins with; "
           "there, dashes become _"},
      {.name = "input",
       .kind = Kind::Section,
       .fallback = required,
       .doc = "what the network reads",
       .members = inputMembers},
      {.name = "blocks",
       .kind = Kind::Blocks,
       .fallback = none,
       .doc = "lists of layers with parameters, for layers to use by name"},
      {.name = "layers",
       .kind = Kind::Entries,
       .fallback = required,
       .doc = "the layers, each reading the one before it unless it names its "
              "inputs",
       .family = &layers()},
      {.name = "freeze",
       .kind = Kind::Texts,
       .fallback = none,
       .doc = "names of layers and blocks that do not learn; * stands for any "
              "letters"},
      {.name = "augment",
       .kind = Kind::Entries,
       .fallback = none,
       .doc = "random changes of the pictures that are trained on; they may "
              "also be the first of the layers",
       .family = &augmentations()},
      compileSection,
      fitSection,
      dataSection,
  };
  return sections;
}

llvm::ArrayRef<Argument> lathe::frontend::recipeSections() {
  static const Argument sections[] = {
      {.name = "name",
       .kind = Kind::Name,
       .fallback = none,
       .doc = "the model's name; by default the graph's file's"},
      {.name = "base",
       .kind = Kind::Section,
       .fallback = none,
       .doc = "what is taken of the graph",
       .members = baseMembers},
      {.name = "input",
       .kind = Kind::Section,
       .fallback = none,
       .doc = "what preprocess reads; by default what the graph does",
       .members = optionalInputMembers},
      {.name = "preprocess",
       .kind = Kind::Entries,
       .fallback = none,
       .doc = "layers before the graph, such as Rescaling",
       .family = &layers()},
      {.name = "freeze",
       .kind = Kind::Patterns,
       .fallback = none,
       .doc =
           "names of nodes and parameters of the graph that do not learn, or "
           "all of them; * stands for any letters"},
      {.name = "head",
       .kind = Kind::Entries,
       .fallback = none,
       .doc = "layers behind the graph",
       .family = &layers()},
      {.name = "augment",
       .kind = Kind::Entries,
       .fallback = none,
       .doc = "random changes of the pictures that are trained on",
       .family = &augmentations()},
      compileSection,
      fitSection,
      dataSection,
  };
  return sections;
}
