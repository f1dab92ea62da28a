/* Model A by hand: one person, events in a binary heap, no statistics but the mean time in system.
 *
 *     cc -O3 -march=native -o heap heap.c -lm && ./heap A JOBS SEED
 */
#include "chance.h"

typedef struct {
    double when;
    uint32_t order; /* equal times: first come, first served */
    uint32_t what;
} Event;
enum { ARRIVAL, DEPARTURE };

static Event heap[16];
static int size;
static uint32_t made;

static inline int before(const Event *one, const Event *other) {
    return one->when < other->when || (one->when == other->when && one->order < other->order);
}

static inline void schedule(double when, uint32_t what) {
    Event event = {when, made++, what};
    int at = size++;
    for (int above; at > 0 && before(&event, &heap[above = (at - 1) / 2]); at = above) heap[at] = heap[above];
    heap[at] = event;
}

static inline Event next_event(void) {
    Event first = heap[0], last = heap[--size];
    int at = 0;
    for (int below; (below = 2 * at + 1) < size; at = below) {
        below += below + 1 < size && before(&heap[below + 1], &heap[below]);
        if (!before(&heap[below], &last)) break;
        heap[at] = heap[below];
    }
    heap[at] = last;
    return first;
}

enum { ROOM = 1 << 16 };
static double came[ROOM]; /* a ring: who waits, in order */

int main(int count, char **words) {
    if (count != 4) return 2;
    long jobs = atol(words[2]), raised = 1, done = 0;
    uint32_t in = 0, out = 0;
    double total = 0.0;
    seed_chance((uint64_t)atol(words[3]));
    double began = clock_s();
    schedule(exponential() / 0.75, ARRIVAL);
    while (size > 0) {
        Event event = next_event();
        if (event.what == ARRIVAL) {
            came[in++ % ROOM] = event.when;
            if (in - out == 1) schedule(event.when + exponential(), DEPARTURE);
            if (raised++ < jobs) schedule(event.when + exponential() / 0.75, ARRIVAL);
        } else {
            total += event.when - came[out++ % ROOM];
            done++;
            if (in != out) schedule(event.when + exponential(), DEPARTURE);
        }
    }
    return report(done, clock_s() - began, total / (double)done);
}
