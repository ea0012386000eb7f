"""What rooms.py has to find."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rooms


class Rooms(unittest.TestCase):
    def mistakes(self, path, text):
        return rooms.check([(path, text)])[0]

    def test_rooms_include_what_their_row_says(self):
        ok = '#include "compiler/machine/Machine.h"\n#include "compiler/kernels/Advice.h"\n'
        self.assertEqual(self.mistakes("compiler/transforms/X.cpp", ok), [])
        wrong = '\n#include "compiler/codegen/Codegen.h"\n'
        self.assertEqual(self.mistakes("compiler/transforms/X.cpp", wrong),
                         ["compiler/transforms/X.cpp:2: compiler/transforms may not include "
                          "compiler/codegen/Codegen.h, of compiler/codegen"])

    def test_a_folder_in_a_room_belongs_to_it(self):
        self.assertEqual(rooms.room_of("compiler/frontend/layers/Conv.cpp"), "compiler/frontend")
        self.assertEqual(rooms.room_of("compiler/frontend/onnx/File.cpp"), "compiler/frontend/onnx")

    def test_others_come_in_by_the_door(self):
        text = '#include "compiler/kernels/Builder.h"\n'
        self.assertEqual(len(self.mistakes("compiler/codegen/X.cpp", text)), 1)
        self.assertEqual(self.mistakes("compiler/kernels/X.cpp", text), [])

    def test_foreign_headers_stay_where_they_belong(self):
        for path, header in (("compiler/codegen/X.cpp", "<Halide.h>"),
                             ("compiler/kernels/X.cpp", '"mlir/IR/Builders.h"'),
                             ("runtime/X.cpp", '"llvm/ADT/StringRef.h"'),
                             ("compiler/machine/X.cpp", '"llvm/ADT/StringRef.h"')):
            self.assertEqual(len(self.mistakes(path, f"#include {header}\n")), 1, header)
        self.assertEqual(self.mistakes("compiler/kernels/X.cpp", "#include <Halide.h>\n"), [])

    def test_caches_are_of_the_machine(self):
        text = "constexpr int64_t nearBytes = 256 * 1024;\n"
        for path in ("compiler/kernels/X.cpp", "compiler/transforms/X.cpp"):
            self.assertEqual(len(self.mistakes(path, text)), 1, path)
        self.assertEqual(self.mistakes("compiler/machine/X.cpp", text), [])

    def test_strategies_are_not_told_by_their_names(self):
        text = 'if (schedule.strategy == "winograd")\n'
        for path in ("compiler/kernels/X.cpp", "compiler/report/X.cpp", "compiler/tuner/X.cpp"):
            self.assertEqual(len(self.mistakes(path, text)), 1, path)
        self.assertEqual(self.mistakes("compiler/kernels/Naive.h", text), [])


if __name__ == "__main__":
    unittest.main()
