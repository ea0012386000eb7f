// number_table_test.cpp: tables whose rows are samples.
#include "runtime/data/number_table.h"
#include "runtime/data/split.h"
#include "runtime/error.h"
#include "test/runtime/temporary_folder.h"

#include <gtest/gtest.h>

namespace {

using Strings = std::vector<std::string>;
using Labels = std::vector<int32_t>;
using Numbers = std::vector<float>;
using lathe::Part;

class NumberTable : public testing::Test {
protected:
  NumberTable() {
    spec.rank = 1;
    spec.height = spec.width = 1;
    spec.channels = 2;
    spec.classes = 2;
  }
  std::unique_ptr<lathe::Dataset> open(const std::string &text,
                                       Part part = Part::Train) {
    write_text(folder / "t.csv", text);
    return lathe::open_dataset(folder / "t.csv", spec, part);
  }
  std::string error(const std::string &text) {
    try {
      open(text);
    } catch (const lathe::Error &error) {
      return std::string(error.what()).substr(folder.path().size() + 1);
    }
    return "";
  }
  static Numbers values(lathe::Dataset &dataset, int64_t size) {
    Numbers images(size_t(dataset.count() * size));
    Labels labels(dataset.labels().size());
    std::vector<int64_t> all = lathe::all_samples(dataset);
    dataset.read(all.data(), int(all.size()), images.data(), labels.data());
    EXPECT_EQ(labels, dataset.labels());
    return images;
  }
  bool is_numbers(const std::string &text) {
    write_text(folder / "t.csv", text);
    return lathe::is_number_table(folder / "t.csv", spec);
  }
  TemporaryFolder folder;
  lathe::DatasetSpec spec;
};

TEST_F(NumberTable, RowsAreSamples) {
  const auto table = open("a,label,b\n1,x,-2.5\n 3e1 ,y,4\n.5,x,0\n");
  EXPECT_EQ(values(*table, 2), (Numbers{1, -2.5f, 30, 4, .5f, 0}));
  EXPECT_EQ(table->labels(), (Labels{0, 1, 0}));
  EXPECT_EQ(table->source().class_names, (Strings{"x", "y"}));
  EXPECT_TRUE(table->source().is_whole);
  EXPECT_EQ(lathe::describe(*table, spec),
            "3 rows of 2 classes in " + folder / "t.csv");
  EXPECT_EQ(table->name(1), "line 3");
}

TEST_F(NumberTable, TheOnlyColumnOfWordsIsThatOfTheLabels) {
  EXPECT_EQ(open("a;b;species\n1;2;x\n3;4;y\n")->labels(), (Labels{0, 1}));
  EXPECT_EQ(error("a,b,c\n1,2,0\n3,4,1\n"),
            "t.csv: line 1: which of the columns a, b, c is that of the "
            "labels? Name it: --label-column NAME");
  spec.columns.label = "c";
  EXPECT_EQ(open("a,b,c\n1,2,1\n3,4,0\n")->labels(), (Labels{1, 0}));
}

TEST_F(NumberTable, PartsWeightsAndGroupsAreNoNumbersOfTheInput) {
  const std::string text = "split,a,w,b,label,g\ntrain,1,2,3,x,p\n"
                           "test,4,5,6,y,q\ntrain,7,8,9,y,q\n";
  spec.columns.weight = "w";
  spec.columns.group = "g";
  const auto train = open(text), test = open(text, Part::Test);
  EXPECT_EQ(values(*train, 2), (Numbers{1, 3, 7, 9}));
  EXPECT_EQ(train->weights(), (Numbers{2, 8}));
  EXPECT_EQ(train->group(1), "q");
  EXPECT_FALSE(train->source().is_whole);
  EXPECT_EQ(values(*test, 2), (Numbers{4, 6}));
  EXPECT_EQ(test->labels(), (Labels{1}));
  EXPECT_TRUE(lathe::has_own_part(folder / "t.csv", spec, Part::Test));
  EXPECT_FALSE(lathe::has_own_part(folder / "t.csv", spec, Part::Validation));
}

TEST_F(NumberTable, AreImagesWhereTheirNumberFits) {
  spec.rank = 3;
  spec.height = 2;
  spec.channels = 1;
  EXPECT_TRUE(is_numbers("label,p0,p1\nx,1,2\n"));
  EXPECT_EQ(values(*open("label,p0,p1\nx,1,2\ny,3,4\n"), 2),
            (Numbers{1, 2, 3, 4}));
  EXPECT_FALSE(is_numbers("file,label,p0\na.png,x,1\n"));
  EXPECT_FALSE(is_numbers("photo,kind\na.png,x\n"));
  EXPECT_FALSE(is_numbers("photo,label,stars\na.png,x,5\n"));
  std::string headings = "label", row = "x"; // of another size
  for (int i = 0; i < 100; ++i) {
    headings += ",p" + std::to_string(i);
    row += ",0";
  }
  EXPECT_EQ(error(headings + "\n" + row + "\n"),
            "t.csv: line 1: 100 columns of numbers (p0, p1, p2, p3, p4, p5, "
            "p6, p7, p8, p9, p10, p11, p12, p13, p14, p15, p16, p17, p18, p19 "
            "and 80 more), but the model's input is 2x1x1; "
            "leave out the columns that are no part of it");
}

TEST_F(NumberTable, SeveralLabelsAreOnesAndZeros) {
  spec.classes = spec.label_size = 3;
  EXPECT_EQ(open("a,b,labels\n1,2,red;round\n3,4,\n5,6,wet\n")->labels(),
            (Labels{1, 1, 0, 0, 0, 0, 0, 0, 1}));
}

TEST_F(NumberTable, WithoutLabelsIsOneToPredict) {
  write_text(folder / "t.csv", "a,b\n1,2\n3,4\n");
  const auto rows = lathe::open_numbers(folder / "t.csv", spec);
  EXPECT_EQ(values(*rows, 2), (Numbers{1, 2, 3, 4}));
  write_text(folder / "t.csv", "a,b,split,kind\n1,2,train,x\n3,4,test,y\n");
  EXPECT_EQ(values(*lathe::open_numbers(folder / "t.csv", spec), 2),
            (Numbers{3, 4}));
}

// Tables are often sorted by class: the end of one is no fair sample.
TEST_F(NumberTable, AFractionIsTakenOfEachClass) {
  std::string text = "a,b,label\n";
  for (int i = 0; i < 20; ++i)
    text += i < 10 ? "1,2,x\n" : "3,4,y\n";
  const auto table = open(text);
  lathe_recipe recipe = {};
  recipe.split = LATHE_SPLIT_FRACTION;
  recipe.split_value = 0.2;
  const lathe::Split split = lathe::split_samples(*table, spec, recipe, 0, 1);
  int64_t of_x = 0;
  for (const int64_t sample : split.validation)
    of_x += table->labels()[size_t(sample)] == 0;
  EXPECT_EQ(split.validation.size(), 4u);
  EXPECT_EQ(of_x, 2);
}

TEST_F(NumberTable, MistakesNameTheLineAndTheColumn) {
  EXPECT_EQ(error("a,b,label\n1,2,x\n3,?,y\n"),
            "t.csv: line 3: column 'b' is '?', not a finite number");
  EXPECT_EQ(error("a,b,label\n1,2,x\n3,,y\n"),
            "t.csv: line 3: column 'b' is empty, not a finite number");
  for (const char *number : {"nan", "inf", "1e40", "0x10", "1 2", "3,5"})
    EXPECT_EQ(error(std::string("a;b;label\n1;2;x\n3;") + number + ";y\n"),
              "t.csv: line 3: column 'b' is '" + std::string(number) +
                  "', not a finite number");
  EXPECT_EQ(error("id,a,b,label\n1,2,3,x\n"),
            "t.csv: line 1: 3 columns of numbers (id, a, b), but the model's "
            "input is 2 numbers; leave out the columns that are no part of it");
  EXPECT_EQ(error("a,b,label\n1,2,x\n3,4,\n"), "t.csv: line 3: has no label");
  EXPECT_EQ(error("a,b,label\n"), "t.csv: holds no rows");
  EXPECT_EQ(error("a,b,label\n1,2,x\n3,4,y\n5,6,z\n"),
            "t.csv: 3 classes (x, y, z), but the model has 2 classes: the "
            "units of its last layer");
  spec.columns.label = "kind";
  EXPECT_EQ(error("a,b,label\n1,2,x\n"),
            "t.csv: line 1: there is no column 'kind', but a, b, label");
}

} // namespace
