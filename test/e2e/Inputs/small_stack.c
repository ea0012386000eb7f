/* All of the artifact's functions on a thread whose stack has NAME_STACK_SIZE
 * bytes and some for the thread itself. The stack is painted: what was used is
 * measured. */
#include "guarded.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { PIXELS = 16 * 16, SAMPLES = 6, OWN = 16 << 10, PAINT = 0xa5 };

static float images[SAMPLES * PIXELS];
static int32_t labels[SAMPLES] = {0, 1, 2, 2, 1, 0};

static void *work(void *status) {
  char *params = aligned_alloc(GUARDED_ALIGN, GUARDED_PARAMS_SIZE);
  char *state = aligned_alloc(GUARDED_ALIGN, GUARDED_STATE_SIZE);
  char *arena = aligned_alloc(GUARDED_ALIGN, GUARDED_TRAIN_ARENA_SIZE);
  float loss, probabilities[SAMPLES * GUARDED_OUTPUTS];
  lathe_metrics metrics;
  lathe_dataset data;
  memset(&data, 0, sizeof(data));
  data.count = SAMPLES;
  data.images = images;
  data.labels = labels;
  int result = guarded_init(params, state, 1);
  if (result == LATHE_OK)
    result = guarded_train_step(params, state, arena, images, labels,
                                GUARDED_BATCH, &loss);
  if (result == LATHE_OK)
    result = guarded_fit(params, state, arena, &data, NULL, NULL);
  if (result == LATHE_OK)
    result = guarded_evaluate(params, arena, &data, &metrics);
  if (result == LATHE_OK)
    result = guarded_predict(params, arena, images, SAMPLES, probabilities);
  *(int *)status = result;
  return 0;
}

int main(void) {
  const size_t size = GUARDED_STACK_SIZE + OWN;
  unsigned char *stack = mmap(NULL, size, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memset(stack, PAINT, size);
  pthread_attr_t attributes;
  pthread_t thread;
  int status = 1;
  pthread_attr_init(&attributes);
  if (pthread_attr_setstack(&attributes, stack, size) ||
      pthread_create(&thread, &attributes, work, &status) ||
      pthread_join(thread, NULL) || status != LATHE_OK)
    return 1;
  size_t unused = 0;
  while (unused < size && stack[unused] == PAINT)
    ++unused;
  printf("%s of the stack is left, all work is done\n",
         unused > 0 ? "some" : "NOTHING");
  printf("stack: %d bytes, of which %d were used with the thread's own\n",
         (int)size, (int)(size - unused));
  return 0;
}
