// class_names.h: classes are told apart by their names, wherever there are any.
#pragma once

#include "runtime/artifact.h"
#include "runtime/safetensors.h"

#include <string>
#include <vector>

namespace lathe {

// In the order of their numbers; empty where only numbers are known.
using ClassNames = std::vector<std::string>;

// A folder's name as text: bytes that are not UTF-8 are replaced, as in files.
std::string text_of(const std::string &name);

// The class's name, or its number.
std::string class_name(const ClassNames &names, int32_t number);

// The names that the model was compiled with, or else those that a checkpoint
// has from the folders it was trained on. Throws Error where both have names
// that differ; `path` is the checkpoint's.
ClassNames class_names(const lathe_model &model, const Metadata &metadata,
                       const std::string &path);

// Where a checkpoint keeps them. Empty where it has none.
ClassNames kept_class_names(const Metadata &metadata);
void keep_class_names(Metadata &metadata, const ClassNames &names);

// The names that lie beside arrays: a line for each class in classes.txt,
// class_names.txt or, of CIFAR, batches.meta.txt. Empty where there is no such
// file. Throws Error where it has another number of names.
ClassNames read_class_list(const std::string &folder, int32_t classes);

// The numbers of folders, or of `what` there is, with these names, sorted: the
// class's, by its name.
// Without names, the folders' order decides, unless they are named by all the
// numbers. Throws Error that lists what is missing, what is too much and what
// may be meant; `place` is the folder they are in.
std::vector<int32_t> match_classes(const std::string &place,
                                   const std::vector<std::string> &folders,
                                   const ClassNames &names, int32_t classes,
                                   const char *what = "class folders");

// "cats, dogs and 3 more"
std::string list_names(const std::vector<std::string> &names);

} // namespace lathe
