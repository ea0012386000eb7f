// roofline.h: what this machine can do at most.
#pragma once

namespace lathe {

struct Roofline {
  double gigaflops; // fused multiply-adds in registers, two each; 0 where not
                    // known
  double gigabytes; // a second, from memory that no cache holds
};

// Measures with as many threads as lathe_parallel_for has, in a fifth of a
// second. (Williams, Waterman, Patterson: "Roofline: an insightful visual
// performance model for multicore architectures", 2009.)
Roofline measure_roofline(int threads);

} // namespace lathe
