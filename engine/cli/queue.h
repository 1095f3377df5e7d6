/* queue.h - worker threads that keep the order of the batches. */
#ifndef CLI_QUEUE_H
#define CLI_QUEUE_H

#include "batch.h"

/* What is done to a batch, by a worker (worker is its own) and then, in the order in which the
 * batches were given, by the thread that owns the queue. */
struct queue_jobs {
    void (*work)(void *worker, struct batch *batch);
    void (*finish)(void *user, struct batch *batch);
    void *user;
};

struct queue;

/* workers: [n_workers], what work gets. With one worker there is no thread: queue_give does it all.
 * Where the system refuses threads, fewer run. The number of batches under way is bounded. */
struct queue *queue_new(const struct queue_jobs *jobs, void *const *workers, size_t n_workers,
                        size_t n_tally);

/* An empty batch to fill. Waits for the oldest when all are under way, and finishes what is ready.
 */
struct batch *queue_take(struct queue *queue);

/* Hands the batch of the last queue_take to the workers. */
void queue_give(struct queue *queue, struct batch *batch);

/* Waits for all batches and finishes them. */
void queue_drain(struct queue *queue);

/* Waits for the workers; batches that are not finished are dropped. */
void queue_free(struct queue *queue);

#endif
