/* queue.c - worker threads that keep the order of the batches.
 *
 * The batches form a ring. Three counts, each at most the one before, say how far they are:
 * given by the owner >= begun by a worker >= finished by the owner.
 */
#include "queue.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

struct slot {
    struct batch batch;
    int is_done;
};

struct thread {
    pthread_t id;
    struct queue *queue;
    void *worker;
};

struct queue {
    struct queue_jobs jobs;
    struct slot *slots; /* [n_slots] */
    size_t n_slots;
    struct thread *threads; /* [n_threads] */
    size_t n_threads;
    void *first_worker;   /* works in the owner's thread when there are no threads */
    pthread_mutex_t lock; /* guards all below, and is_done of the slots */
    pthread_cond_t was_given, was_done;
    size_t n_given, n_begun, n_finished;
    int is_ending;
};

static void *run_thread(void *argument)
{
    struct thread *thread = argument;
    struct queue *queue = thread->queue;
    pthread_mutex_lock(&queue->lock);
    for (;;) {
        while (queue->n_begun == queue->n_given && !queue->is_ending)
            pthread_cond_wait(&queue->was_given, &queue->lock);
        if (queue->is_ending)
            break;
        struct slot *slot = &queue->slots[queue->n_begun++ % queue->n_slots];
        pthread_mutex_unlock(&queue->lock);
        queue->jobs.work(thread->worker, &slot->batch);
        pthread_mutex_lock(&queue->lock);
        slot->is_done = 1;
        pthread_cond_signal(&queue->was_done);
    }
    pthread_mutex_unlock(&queue->lock);
    return NULL;
}

/* Signals are for the owner alone: its read must return when one comes. */
static void start_threads(struct queue *queue, void *const *workers, size_t n_workers)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    queue->threads = take_zeroed(n_workers, sizeof *queue->threads);
    for (size_t i = 0; i < n_workers && n_workers > 1; i++) {
        struct thread *thread = &queue->threads[queue->n_threads];
        thread->queue = queue;
        thread->worker = workers[i];
        if (pthread_create(&thread->id, NULL, run_thread, thread) != 0)
            break;
        queue->n_threads++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

struct queue *queue_new(const struct queue_jobs *jobs, void *const *workers, size_t n_workers,
                        size_t n_tally)
{
    struct queue *queue = take_zeroed(1, sizeof *queue);
    queue->jobs = *jobs;
    queue->first_worker = workers[0];
    queue->n_slots = n_workers > 1 ? 2 * n_workers + 1 : 1;
    queue->slots = take_zeroed(queue->n_slots, sizeof *queue->slots);
    for (size_t i = 0; i < queue->n_slots; i++) {
        queue->slots[i].batch.tally = take_zeroed(n_tally, sizeof(uint64_t));
        queue->slots[i].batch.n_tally = n_tally;
    }
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->was_given, NULL);
    pthread_cond_init(&queue->was_done, NULL);
    start_threads(queue, workers, n_workers);
    return queue;
}

/* Finishes the oldest batch if it is done, or waits until it is. 0: nothing was finished. */
static int finish_oldest(struct queue *queue, int may_wait)
{
    if (queue->n_finished == queue->n_given)
        return 0;
    struct slot *slot = &queue->slots[queue->n_finished % queue->n_slots];
    pthread_mutex_lock(&queue->lock);
    while (may_wait && !slot->is_done)
        pthread_cond_wait(&queue->was_done, &queue->lock);
    int is_done = slot->is_done;
    pthread_mutex_unlock(&queue->lock);
    if (!is_done)
        return 0;
    queue->jobs.finish(queue->jobs.user, &slot->batch);
    slot->is_done = 0;
    queue->n_finished++; /* the owner alone reads and writes it */
    return 1;
}

struct batch *queue_take(struct queue *queue)
{
    while (finish_oldest(queue, 0)) {
    }
    if (queue->n_given - queue->n_finished == queue->n_slots)
        finish_oldest(queue, 1);
    struct batch *batch = &queue->slots[queue->n_given % queue->n_slots].batch;
    batch_clear(batch);
    return batch;
}

void queue_give(struct queue *queue, struct batch *batch)
{
    if (queue->n_threads == 0) {
        queue->jobs.work(queue->first_worker, batch);
        queue->jobs.finish(queue->jobs.user, batch);
        return;
    }
    pthread_mutex_lock(&queue->lock);
    queue->n_given++;
    pthread_cond_signal(&queue->was_given);
    pthread_mutex_unlock(&queue->lock);
}

void queue_drain(struct queue *queue)
{
    while (finish_oldest(queue, 1)) {
    }
}

void queue_free(struct queue *queue)
{
    if (queue == NULL)
        return;
    pthread_mutex_lock(&queue->lock);
    queue->is_ending = 1;
    pthread_cond_broadcast(&queue->was_given);
    pthread_mutex_unlock(&queue->lock);
    for (size_t i = 0; i < queue->n_threads; i++)
        pthread_join(queue->threads[i].id, NULL);
    for (size_t i = 0; i < queue->n_slots; i++)
        batch_free(&queue->slots[i].batch);
    pthread_cond_destroy(&queue->was_done);
    pthread_cond_destroy(&queue->was_given);
    pthread_mutex_destroy(&queue->lock);
    free(queue->slots);
    free(queue->threads);
    free(queue);
}
