/* threads.c: how kernels run their parallel loops, and who watches them. */
#include "runtime/embedded/internal.h"

/* Weak, so that the artifacts of a process share one. */
__attribute__((weak)) lathe_parallel_for_function lathe_parallel_for = 0;
__attribute__((weak)) lathe_kernel_watcher lathe_watch_kernel = 0;

LATHE_INTERNAL void lathe_this_watch(int32_t kernel) {
  if (lathe_watch_kernel)
    lathe_watch_kernel(&lathe_this_model, kernel);
}

typedef struct lathe_parallel_loop {
  int (*task)(void *user_context, int index, uint8_t *closure);
  void *user_context;
  uint8_t *closure;
} lathe_parallel_loop;

static int lathe_parallel_loop_run(void *closure, int index) {
  const lathe_parallel_loop *loop = (const lathe_parallel_loop *)closure;
  return loop->task(loop->user_context, index, loop->closure);
}

/* What Halide's generated code calls for a parallel loop: runs task for every
 * index in [min, min + size). Returns 0, or what a failed task returned. */
LATHE_INTERNAL int halide_do_par_for(void *user_context,
                                     int (*task)(void *user_context, int index,
                                                 uint8_t *closure),
                                     int min, int size, uint8_t *closure) {
  if (lathe_parallel_for && size > 1) {
    lathe_parallel_loop loop;
    loop.task = task;
    loop.user_context = user_context;
    loop.closure = closure;
    return lathe_parallel_for(lathe_parallel_loop_run, &loop, min, size);
  }
  for (int i = 0; i < size; ++i) {
    int status = task(user_context, min + i, closure);
    if (status != 0)
      return status;
  }
  return 0;
}
