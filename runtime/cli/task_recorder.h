// task_recorder.h: the time of each task of a step, alone on one thread.
#pragma once

#include "runtime/cli/scaling.h"

#include <functional>

namespace lathe {

// Runs a step on the calling thread and times its parallel loops task by task;
// loops inside tasks are part of them. The cost of the clock is subtracted.
// Calls are in order, with what is done outside kernels between them.
std::vector<RecordedCall> record_tasks(const std::function<void()> &step);

// The shorter time of each task. False, with `best` unchanged, where the two
// are not of the same kernels and loops.
bool keep_shorter(std::vector<RecordedCall> &best,
                  const std::vector<RecordedCall> &other);

} // namespace lathe
