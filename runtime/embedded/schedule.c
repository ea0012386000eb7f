/* schedule.c: the learning rate of a step, as in keras.optimizers.schedules. In
 * double precision: Keras's own figures are floats. */
#include "runtime/embedded/internal.h"

#include <math.h>

static const double lathe_pi = 3.14159265358979323846;

/* values[i] up to and with step boundaries[i]. */
static double lathe_schedule_piecewise(const lathe_schedule *schedule,
                                       int64_t step) {
  int64_t i = 0;
  while (i < schedule->boundary_count && step > schedule->boundaries[i])
    ++i;
  return schedule->values[i];
}

/* (initial - end)·(1 - step/decay_steps)^power + end, until decay_steps or in
 * cycles of which each is longer by decay_steps. */
static double lathe_schedule_polynomial(const lathe_schedule *schedule,
                                        double step) {
  double steps = (double)schedule->decay_steps;
  if (!schedule->staircase)
    step = step < steps ? step : steps;
  else if (step > 0)
    steps *= ceil(step / steps);
  return (schedule->initial - schedule->end) *
             pow(1 - step / steps, schedule->factor) +
         schedule->end;
}

static double lathe_schedule_cosine(const lathe_schedule *schedule,
                                    double fraction, double height) {
  const double decayed = 0.5 * height * (1 + cos(lathe_pi * fraction));
  return schedule->initial * ((1 - schedule->end) * decayed + schedule->end);
}

/* SGDR (Loshchilov and Hutter, 2017): each period is t_mul times as long and
 * m_mul times as high as the one before. `fraction` counts periods. */
static double lathe_schedule_restarts(const lathe_schedule *schedule,
                                      double fraction) {
  double restarts = 0;
  if (schedule->factor == 1) {
    restarts = floor(fraction);
    fraction -= restarts;
  }
  while (fraction >= 1) {
    fraction = (fraction - 1) / schedule->factor;
    restarts += 1;
  }
  return lathe_schedule_cosine(schedule, fraction,
                               pow(schedule->m_mul, restarts));
}

LATHE_INTERNAL double lathe_this_scheduled_rate(const lathe_schedule *schedule,
                                                int64_t step) {
  if (step < schedule->warmup_steps)
    return schedule->warmup_from + (schedule->initial - schedule->warmup_from) *
                                       (double)step /
                                       (double)schedule->warmup_steps;
  step -= schedule->warmup_steps;
  double periods = (double)step / (double)schedule->decay_steps;
  switch (schedule->kind) {
  case LATHE_SCHEDULE_PIECEWISE:
    return lathe_schedule_piecewise(schedule, step);
  case LATHE_SCHEDULE_EXPONENTIAL:
    return schedule->initial * pow(schedule->factor, schedule->staircase
                                                         ? floor(periods)
                                                         : periods);
  case LATHE_SCHEDULE_INVERSE_TIME:
    return schedule->initial /
           (1 + schedule->factor *
                    (schedule->staircase ? floor(periods) : periods));
  case LATHE_SCHEDULE_POLYNOMIAL:
    return lathe_schedule_polynomial(schedule, (double)step);
  case LATHE_SCHEDULE_COSINE:
    return lathe_schedule_cosine(schedule, periods < 1 ? periods : 1, 1);
  case LATHE_SCHEDULE_COSINE_RESTARTS:
    return lathe_schedule_restarts(schedule, periods);
  default:
    return schedule->initial;
  }
}

LATHE_INTERNAL lathe_schedule
lathe_this_in_steps(const lathe_schedule *schedule, int64_t epoch_steps) {
  lathe_schedule result = *schedule;
  if (schedule->warmup_in_epochs)
    result.warmup_steps *= epoch_steps;
  if (schedule->decay_in_epochs) {
    result.decay_steps *= epoch_steps;
    for (int64_t i = 0; i < schedule->boundary_count; ++i)
      result.boundaries[i] *= epoch_steps;
  }
  return result;
}

LATHE_INTERNAL void lathe_this_schedule_rate(void *state) {
  const lathe_schedule *schedule = &lathe_this_model.recipe.schedule;
  if (schedule->kind == LATHE_SCHEDULE_NONE)
    return;
  unsigned char *bytes = (unsigned char *)state;
  lathe_schedule in_steps;
  if (lathe_this_layout.epoch_steps >= 0) {
    const int64_t epoch_steps =
        *(const int64_t *)(void *)(bytes + lathe_this_layout.epoch_steps);
    if (epoch_steps <= 0 || epoch_steps > INT32_MAX)
      return;
    in_steps = lathe_this_in_steps(schedule, epoch_steps);
    schedule = &in_steps;
  }
  const int64_t step =
      *(const int64_t *)(void *)(bytes + lathe_this_layout.iteration);
  *(float *)(void *)(bytes + lathe_this_layout.learning_rate) =
      (float)lathe_this_scheduled_rate(schedule, step > 0 ? step : 0);
}
